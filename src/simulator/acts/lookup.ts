import { Refusal } from '../refusal.ts';
import type { DirectoryRecord, GroupRecord, State, UserRecord } from '../state.ts';

const unknown = (kind: string, id: string): Refusal =>
  new Refusal(404, `There is no ${kind} "${id}" in the simulator.`);

/** The live directories, oldest first. */
export const liveDirectories = (state: Readonly<State>): DirectoryRecord[] =>
  state.directoryOrder.flatMap((id) => {
    const directory = state.directories.get(id);
    return directory === undefined || directory.deleted ? [] : [directory];
  });

/** The directory of this id, or the only one when no id is given. Throws a Refusal when it is not clear or not there. */
export const findDirectory = (state: Readonly<State>, id: string | undefined): DirectoryRecord => {
  if (id !== undefined) {
    const directory = state.directories.get(id);
    if (directory === undefined || directory.deleted) throw unknown('directory', id);
    return directory;
  }
  const directories = liveDirectories(state);
  const [only] = directories;
  if (only === undefined) {
    throw new Refusal(422, 'There is no directory now: play the scenario "company" first.');
  }
  if (directories.length > 1) {
    const ids = directories.slice(0, 10).map((directory) => directory.id);
    throw new Refusal(
      422,
      `Name the directory: there are ${directories.length}: ${ids.join(', ')}.`,
    );
  }
  return only;
};

/** The users of a directory, deleted ones included, oldest first. */
export const usersOf = (state: Readonly<State>, directory: string): UserRecord[] =>
  (state.usersOf.get(directory) ?? []).flatMap((id) => state.users.get(id) ?? []);

/** The groups of a directory, deleted ones included, oldest first. */
export const groupsOf = (state: Readonly<State>, directory: string): GroupRecord[] =>
  (state.groupsOf.get(directory) ?? []).flatMap((id) => state.groups.get(id) ?? []);

/** The user of this id, deleted or not; the directory must still be there. */
export const findAnyUser = (state: Readonly<State>, id: string): UserRecord => {
  const user = state.users.get(id);
  if (user === undefined) throw unknown('user', id);
  findDirectory(state, user.wire.directory_id);
  return user;
};

/** The user of this id, who must not be deleted. */
export const findUser = (state: Readonly<State>, id: string): UserRecord => {
  const user = findAnyUser(state, id);
  if (user.deleted) throw new Refusal(422, `The user "${id}" is deleted.`);
  return user;
};

/** The group of this id, which must not be deleted. */
export const findGroup = (state: Readonly<State>, id: string): GroupRecord => {
  const group = state.groups.get(id);
  if (group === undefined) throw unknown('group', id);
  findDirectory(state, group.wire.directory_id);
  if (group.deleted) throw new Refusal(422, `The group "${id}" is deleted.`);
  return group;
};

/** Refuses an id a caller chose that is taken already. */
export const newOr = (
  taken: ReadonlyMap<string, unknown>,
  id: string | undefined,
): string | undefined => {
  if (id !== undefined && taken.has(id)) throw new Refusal(409, `The id "${id}" is taken.`);
  return id;
};
