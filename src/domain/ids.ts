declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** WorkOS's id of a directory. Opaque. */
export type DirectoryId = Branded<'DirectoryId'>;
/** WorkOS's id of a person in a directory. Opaque: migrated directories carry foreign ids. */
export type DirectoryUserId = Branded<'DirectoryUserId'>;
/** WorkOS's id of a group in a directory. Opaque. */
export type GroupId = Branded<'GroupId'>;
/** WorkOS's id of an event. Time-ordered within one millisecond. */
export type EventId = Branded<'EventId'>;
/** The application's id of an account. */
export type UserId = Branded<'UserId'>;

const MAX_ID_LENGTH = 255;
// Half a surrogate pair is stored as another character, so its record would never be found again.
const UNSTORABLE = /[\p{Cc}\p{Cs}]/u;

/** Whether `value` can be the id of a record: some text that is stored and found again as it is. */
export const isRecordId = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= MAX_ID_LENGTH &&
  !UNSTORABLE.test(value);

/** Names a directory. */
export const directoryId = (value: string): DirectoryId => value as DirectoryId;
/** Names a person in a directory. */
export const directoryUserId = (value: string): DirectoryUserId => value as DirectoryUserId;
/** Names a group. */
export const groupId = (value: string): GroupId => value as GroupId;
/** Names an event. */
export const eventId = (value: string): EventId => value as EventId;
/** Names an account of the application. */
export const userId = (value: string): UserId => value as UserId;

/** The account id that a provisioned person gets: the directory user's own id. */
export const provisionedUserId = (id: DirectoryUserId): UserId => userId(id);

/** The key of the membership of one person in one group; also its `_id` in `group_members`. */
export const membershipId = (group: GroupId, user: DirectoryUserId): string => `${group}:${user}`;
