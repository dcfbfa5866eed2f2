import { previousAttributes } from '../previous-attributes.ts';
import { Refusal } from '../refusal.ts';
import type { DirectoryRecord, GroupRecord, UserRecord } from '../state.ts';
import type { Json, WireUser } from '../wire.ts';
import type { Draft } from '../world.ts';
import { usersOf } from './lookup.ts';
import { addMember, dropMemberships } from './members.ts';

/** The fields of a user that an identity provider sets. */
export type UserFields = Partial<
  Pick<
    WireUser,
    | 'idp_id'
    | 'email'
    | 'first_name'
    | 'last_name'
    | 'name'
    | 'emails'
    | 'job_title'
    | 'username'
    | 'raw_attributes'
    | 'custom_attributes'
    | 'role'
    | 'roles'
  >
>;

const fullName = (first: string | null, last: string | null): string | null =>
  [first, last].filter((part) => part !== null).join(' ') || null;

const store = ({ put }: Draft, user: UserRecord): UserRecord => {
  put({ kind: 'user', record: user });
  return user;
};

const emitUser = (
  { emit }: Draft,
  event: 'dsync.user.created' | 'dsync.user.updated' | 'dsync.user.deleted',
  { user, previous }: { user: UserRecord; previous?: Json },
): void => emit({ event, directory: user.wire.directory_id, user: user.id, previous });

/** Refuses an address another active person of the directory has; only addresses named by a caller need the look. */
export const refuseTakenEmail = (
  { state }: Draft,
  { directory, email, except }: { directory: string; email: string; except?: string },
): void => {
  const wanted = email.toLowerCase();
  const other = usersOf(state, directory).find(
    ({ id, deleted, wire }) =>
      id !== except && !deleted && wire.state === 'active' && wire.email?.toLowerCase() === wanted,
  );
  if (other !== undefined) {
    throw new Refusal(422, `The e-mail address is that of the active user "${other.id}" already.`);
  }
};

/** A new active user, with `dsync.user.created`. */
export const createUser = (
  draft: Draft,
  {
    directory,
    fields,
    id,
  }: { directory: DirectoryRecord; fields: UserFields; id?: string | undefined },
): UserRecord => {
  const userId = id ?? draft.newId('directory_user');
  const time = new Date(draft.now).toISOString();
  const first = fields.first_name ?? null;
  const last = fields.last_name ?? null;
  const user = store(draft, {
    id: userId,
    position: draft.state.usersOf.get(directory.id)?.length ?? 0,
    deleted: false,
    wire: {
      object: 'directory_user',
      id: userId,
      directory_id: directory.id,
      organization_id: directory.organizationId,
      idp_id: `00u${userId.slice(-17).toLowerCase()}`,
      email: null,
      first_name: first,
      last_name: last,
      name: fullName(first, last),
      emails: [],
      job_title: null,
      username: null,
      state: 'active',
      raw_attributes: {},
      custom_attributes: {},
      created_at: time,
      updated_at: time,
      ...fields,
    },
  });
  emitUser(draft, 'dsync.user.created', { user });
  return user;
};

const rewrite = (
  draft: Draft,
  user: UserRecord,
  { deleted = false, ...changed }: Partial<WireUser> & { deleted?: boolean },
): UserRecord =>
  store(draft, {
    ...user,
    deleted,
    wire: { ...user.wire, ...changed, updated_at: new Date(draft.now).toISOString() },
  });

const announceUpdate = (draft: Draft, before: UserRecord, after: UserRecord): UserRecord => {
  const previous = previousAttributes(before.wire, after.wire);
  emitUser(draft, 'dsync.user.updated', { user: after, previous });
  return after;
};

/** Changes fields, with `dsync.user.updated` (also when nothing differs); custom attributes are merged. */
export const updateUser = (draft: Draft, user: UserRecord, fields: UserFields): UserRecord => {
  const named = 'first_name' in fields || 'last_name' in fields;
  const { first_name: first, last_name: last } = { ...user.wire, ...fields };
  const after = rewrite(draft, user, {
    ...(named ? { name: fullName(first, last) } : {}),
    ...fields,
    custom_attributes: { ...user.wire.custom_attributes, ...fields.custom_attributes },
  });
  return announceUpdate(draft, user, after);
};

const vanish = (draft: Draft, user: UserRecord, state: WireUser['state']): UserRecord => {
  if (!draft.state.knobs.keepDeletedRecords) dropMemberships(draft, user);
  const after = rewrite(draft, user, { deleted: true, state });
  emitUser(draft, 'dsync.user.deleted', { user: after });
  return after;
};

/** Deletes, with `dsync.user.deleted` and no event per membership. */
export const deleteUser = (draft: Draft, user: UserRecord): UserRecord =>
  vanish(draft, user, user.wire.state);

/** Deactivates: an update where the environment retains inactive people, a deletion where it does not. */
export const deactivateUser = (draft: Draft, user: UserRecord): UserRecord => {
  if (user.wire.state !== 'active') {
    throw new Refusal(422, `The user "${user.id}" is ${user.wire.state} already.`);
  }
  if (!draft.state.knobs.retainInactive) return vanish(draft, user, 'inactive');
  return announceUpdate(draft, user, rewrite(draft, user, { state: 'inactive' }));
};

/** Brings a deleted person back: as an update under the same id, or as a new person with the same `idp_id`. */
export const returnUser = (
  draft: Draft,
  user: UserRecord,
  {
    newId,
    groups = [],
    announce,
  }: { newId?: boolean; groups?: readonly GroupRecord[]; announce?: boolean },
): UserRecord => {
  if (!user.deleted) throw new Refusal(422, `The user "${user.id}" is not deleted.`);
  const isNew = newId ?? draft.state.knobs.returnWithNewId;
  const directory = draft.state.directories.get(user.wire.directory_id);
  if (directory === undefined) throw new Error('A user without a directory.');
  const { id: _id, created_at: _created, updated_at: _updated, ...kept } = user.wire;
  const back = isNew
    ? createUser(draft, { directory, fields: { ...kept, state: 'active' } as UserFields })
    : announceUpdate(draft, user, rewrite(draft, user, { state: 'active' }));
  const members = new Set(draft.state.groupsOfUser.get(back.id));
  for (const group of groups) {
    if (!members.has(group.position))
      addMember(draft, { group, user: back, announce: announce ?? isNew });
  }
  return back;
};

/** Activates an inactive person, or brings back one whose deactivation was a deletion. */
export const activateUser = (draft: Draft, user: UserRecord): UserRecord => {
  if (user.deleted) return returnUser(draft, user, {});
  if (user.wire.state === 'active') {
    throw new Refusal(422, `The user "${user.id}" is active already.`);
  }
  return announceUpdate(draft, user, rewrite(draft, user, { state: 'active' }));
};
