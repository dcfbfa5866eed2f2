import { pick } from '../random.ts';
import { Refusal } from '../refusal.ts';
import type { DirectoryRecord, GroupRecord, UserRecord } from '../state.ts';
import type { Draft } from '../world.ts';
import { findAnyUser, findDirectory, findGroup, groupsOf } from '../acts/lookup.ts';

export const isActive = ({ deleted, wire }: UserRecord): boolean =>
  !deleted && wire.state === 'active';
export const isDeleted = ({ deleted }: UserRecord): boolean => deleted;
/** Deactivated, in either kind of environment. */
export const isDeactivated = ({ wire }: UserRecord): boolean => wire.state !== 'active';

/** Someone of the directory who fits, or undefined: the first one from a random place on. */
export const someUser = (
  { state, random }: Draft,
  directory: DirectoryRecord,
  fits: (user: UserRecord) => boolean,
): UserRecord | undefined => {
  const order = state.usersOf.get(directory.id) ?? [];
  const start = random.below(order.length);
  for (let step = 0; step < order.length; step += 1) {
    const user = state.users.get(order[(start + step) % order.length] ?? '');
    if (user !== undefined && fits(user)) return user;
  }
  return undefined;
};

/** A live group of the directory, at random, or undefined. */
export const someGroup = (
  { state, random }: Draft,
  directory: DirectoryRecord,
  fits: (group: GroupRecord) => boolean = () => true,
): GroupRecord | undefined => {
  const eligible = groupsOf(state, directory.id).filter((group) => !group.deleted && fits(group));
  return eligible.length === 0 ? undefined : pick(random, eligible);
};

type Named = { readonly directory?: string | undefined };

/** The person named, or one who fits; and their directory. Throws a Refusal when there is none. */
export const chooseUser = (
  draft: Draft,
  { directory: directoryId, user: userId }: Named & { readonly user?: string | undefined },
  { fits, kind }: { fits: (user: UserRecord) => boolean; kind: string },
): { directory: DirectoryRecord; user: UserRecord } => {
  if (userId !== undefined) {
    const user = findAnyUser(draft.state, userId);
    if (!fits(user)) throw new Refusal(422, `The user "${userId}" is not ${kind}.`);
    if (directoryId !== undefined && user.wire.directory_id !== directoryId) {
      throw new Refusal(422, `The user "${userId}" is not in the directory "${directoryId}".`);
    }
    return { directory: findDirectory(draft.state, user.wire.directory_id), user };
  }
  const directory = findDirectory(draft.state, directoryId);
  const user = someUser(draft, directory, fits);
  if (user === undefined) {
    throw new Refusal(422, `Nobody in the directory "${directory.id}" is ${kind}.`);
  }
  return { directory, user };
};

/** The group named, or any; throws a Refusal when there is none. */
export const chooseGroup = (
  draft: Draft,
  { directory: directoryId, group: groupId }: Named & { readonly group?: string | undefined },
): GroupRecord => {
  if (groupId !== undefined) {
    const found = findGroup(draft.state, groupId);
    if (directoryId !== undefined && found.wire.directory_id !== directoryId) {
      throw new Refusal(422, `The group "${groupId}" is not in the directory "${directoryId}".`);
    }
    return found;
  }
  const directory = findDirectory(draft.state, directoryId);
  const group = someGroup(draft, directory);
  if (group === undefined) {
    throw new Refusal(422, `There is no group in the directory "${directory.id}".`);
  }
  return group;
};
