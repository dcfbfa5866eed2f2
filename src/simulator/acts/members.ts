import { Refusal } from '../refusal.ts';
import { groupsOfUser } from '../render.ts';
import { hasPosition } from '../sorted-positions.ts';
import type { GroupRecord, State, UserRecord } from '../state.ts';
import type { Draft } from '../world.ts';

const isMember = (state: Readonly<State>, group: GroupRecord, user: UserRecord): boolean =>
  hasPosition(state.membersOf.get(group.id) ?? [], user.position);

/** The members of a group, oldest first; deleted users whose membership is kept are left out. */
export const membersOf = (state: Readonly<State>, group: GroupRecord): UserRecord[] => {
  const order = state.usersOf.get(group.wire.directory_id) ?? [];
  return (state.membersOf.get(group.id) ?? []).flatMap((position) => {
    const user = state.users.get(order[position] ?? '');
    return user === undefined || user.deleted ? [] : [user];
  });
};

/** Makes a member; `announce` false does it without an event. Refuses what is one already. */
export const addMember = (
  { state, put, emit }: Draft,
  { group, user, announce = true }: { group: GroupRecord; user: UserRecord; announce?: boolean },
): void => {
  if (group.wire.directory_id !== user.wire.directory_id) {
    throw new Refusal(422, `"${user.id}" and "${group.id}" are in different directories.`);
  }
  if (isMember(state, group, user)) {
    throw new Refusal(422, `"${user.id}" is a member of "${group.id}" already.`);
  }
  put({ kind: 'member-added', group: group.id, user: user.id });
  if (!announce) return;
  emit({
    event: 'dsync.group.user_added',
    directory: group.wire.directory_id,
    user: user.id,
    group: group.id,
  });
};

/** Ends a membership, with its event. Refuses when there is none. */
export const removeMember = (
  { state, put, emit }: Draft,
  { group, user }: { group: GroupRecord; user: UserRecord },
): void => {
  if (!isMember(state, group, user)) {
    throw new Refusal(422, `"${user.id}" is no member of "${group.id}".`);
  }
  put({ kind: 'member-removed', group: group.id, user: user.id });
  emit({
    event: 'dsync.group.user_removed',
    directory: group.wire.directory_id,
    user: user.id,
    group: group.id,
  });
};

/** Ends every membership of a user without a word, as WorkOS does when it forgets a record. */
export const dropMemberships = ({ state, put }: Draft, user: UserRecord): void => {
  for (const group of groupsOfUser(state, user)) {
    put({ kind: 'member-removed', group: group.id, user: user.id });
  }
};
