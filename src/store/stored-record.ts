import { isDeepStrictEqual } from 'node:util';
import type { UserSummary } from '../domain/access.ts';
import { unknownUser } from '../domain/batch-draft.ts';
import type { KnownGroup, KnownUser } from '../domain/batch-state.ts';
import type { DirectoryRecord } from '../domain/directory.ts';
import { directoryUserId, groupId, userId } from '../domain/ids.ts';
import { owesRead, readDue, unseenRecord, type JoinedRecord } from '../domain/record.ts';
import { roleNames } from '../domain/role-mapping.ts';
import type {
  DirectoryDocument,
  GroupDocument,
  SyncedRecord,
  TombstoneDocument,
  UserDocument,
} from './documents.ts';

/** The part of a user's document that a batch reads. */
export const USER_PROJECTION = {
  directoryUserId: 1,
  email: 1,
  roles: 1,
  manualRoles: 1,
  sync: 1,
} as const;
export type StoredUser = Pick<UserDocument, keyof typeof USER_PROJECTION | '_id'>;

/** The part of a group's document that a batch reads. */
export const GROUP_PROJECTION = { idpId: 1, name: 1, sync: 1 } as const;

/** An account of the application that waits for the first sight of a person: it has nothing of ours else. */
export type PendingLink = Pick<UserDocument, '_id' | 'directoryUserId' | 'manualRoles'> & {
  readonly sync?: never;
};

/** A person as their document tells. */
export const knownAccount = (stored: StoredUser): KnownUser => ({
  userId: userId(stored._id),
  record: joined<UserSummary>(stored.sync, (updatedAt) => ({
    updatedAt,
    state: stored.sync.contentState ?? 'inactive',
    email: stored.email,
  })),
  home: 'account',
  purged: false,
  welcomed: stored.sync.welcomed,
  contentKey: stored.sync.contentKey ?? null,
  hasRoles: (stored.roles?.length ?? 0) + roleNames(stored.manualRoles).length > 0,
});

/** A person of whom only the last deletion is kept. */
export const knownTombstone = (stored: TombstoneDocument): KnownUser => ({
  userId: userId(stored._id),
  record: { ...unseenRecord, life: { alive: null, deletions: stored.sync.deletions } },
  home: 'tombstone',
  purged: stored.purgedAt !== null,
  welcomed: false,
  contentKey: null,
  hasRoles: false,
});

/**
 * A person whose account waits for them, with what is known of their deletion. Never welcomed: they
 * have had their account before.
 */
export const knownLink = (
  stored: PendingLink,
  tombstone: TombstoneDocument | undefined,
): KnownUser => ({
  ...(tombstone === undefined
    ? unknownUser(directoryUserId(stored.directoryUserId))
    : knownTombstone(tombstone)),
  userId: userId(stored._id),
  welcomed: true,
  hasRoles: roleNames(stored.manualRoles).length > 0,
  link: 'pending-link',
});

/** A group as its document tells. */
export const knownGroup = (
  stored: Pick<GroupDocument, '_id' | 'idpId' | 'name' | 'sync'>,
): KnownGroup => ({
  names: { id: groupId(stored._id), idpId: stored.idpId, name: stored.name },
  record: joined(stored.sync, (updatedAt) => ({ updatedAt })),
  stored: true,
});

/** A directory as its document tells. */
export const knownDirectory = (stored: DirectoryDocument): DirectoryRecord => ({
  record: {
    life: { alive: stored.sync.alive, deletions: stored.sync.deletions },
    dated:
      stored.sync.contentVersion === null
        ? null
        : {
            version: stored.sync.contentVersion,
            updatedAt: 0,
            content: {
              updatedAt: 0,
              organizationId: stored.organizationId,
              name: stored.name,
              type: stored.type,
            },
          },
    listed: null,
    readAfter: null,
  },
  connection: stored.sync.connection,
  paused: stored.sync.paused,
  thawed: stored.sync.thawed,
  backfilling: stored.sync.backfilling,
  lastSyncedAt: stored.lastSyncedAt?.getTime() ?? null,
  usersListed: stored.sync.usersListed,
  groupsListed: stored.sync.groupsListed,
  membershipsListed: stored.sync.membershipsListed,
  deprovisioned: stored.sync.deprovisioned ?? null,
  otherOrganization: stored.sync.otherOrganization ?? null,
});

type Tracked = JoinedRecord<{ readonly updatedAt: number }>;

type RecordChange = {
  readonly record: Tracked;
  readonly known: { readonly record: Tracked };
};

/** What is stored of a new record's life. */
export const syncFields = (record: Tracked, directory: DirectoryRecord) => ({
  ...recordFields(record),
  owesRead: owesRead(record, directory.membershipsListed),
});

/**
 * Of what is stored of a record's life, what a change must write. Fields that stand are left out: a
 * membership writes the revision of its people and groups only, and servers charge for every field.
 */
export const changedSyncFields = (
  { record, known }: RecordChange,
  directory: DirectoryRecord,
): Partial<SyncedRecord> => {
  const owes = owesRead(record, directory.membershipsListed);
  const owed = owesRead(known.record, directory.membershipsListed);
  return {
    ...changedFields(recordFields(known.record), recordFields(record)),
    // What is stored of it may be older than the directory's last listing.
    owesRead: owes,
    // A new debt is due at once: the waits of an old one must not put it off.
    ...(owes === owed && readDue(record) === readDue(known.record) ? {} : NEVER_READ),
  };
};

/** The fields of `after` that differ from those of the same name in `before`. */
export const changedFields = <Fields extends object>(
  before: Partial<Fields>,
  after: Fields,
): Partial<Fields> =>
  Object.fromEntries(
    Object.entries(after).filter(
      ([key, value]) => !isDeepStrictEqual(value, Reflect.get(before, key)),
    ),
  ) as Partial<Fields>;

const recordFields = ({ life, dated, listed, readAfter }: Tracked) => ({
  alive: life.alive,
  deletions: [...life.deletions],
  content: dated === null ? null : { updatedAt: dated.updatedAt, version: dated.version },
  listed,
  readAfter,
});

/** The tries of a read that is not owed, or was not tried yet. */
export const NEVER_READ: Pick<SyncedRecord, 'readAt' | 'readAttempts'> = {
  readAt: null,
  readAttempts: 0,
};

/** The bookkeeping that a new record starts with. */
export const NEW_SYNC = { ...NEVER_READ, ending: false, rev: 0 };

/** `{ a: 1 }` as `{ 'sync.a': 1 }`. */
export const dotted = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [`sync.${key}`, value]));

const joined = <Content extends { readonly updatedAt: number }>(
  sync: SyncedRecord,
  content: (updatedAt: number) => Content,
): JoinedRecord<Content> => ({
  life: { alive: sync.alive, deletions: sync.deletions },
  dated:
    sync.content === null
      ? null
      : {
          version: sync.content.version,
          updatedAt: sync.content.updatedAt,
          content: content(sync.content.updatedAt),
        },
  listed: sync.listed,
  readAfter: sync.readAfter,
});
