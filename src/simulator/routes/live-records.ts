import { notFound } from '../refusal.ts';
import type { DirectoryRecord, GroupRecord, State, UserRecord } from '../state.ts';

/** The live directory of this id; throws the 404 of WorkOS. */
export const liveDirectory = (state: Readonly<State>, id: string): DirectoryRecord => {
  const directory = state.directories.get(id);
  if (directory === undefined || directory.deleted) throw notFound('Directory', id);
  return directory;
};

type Owned = { readonly deleted: boolean; readonly wire: { readonly directory_id: string } };

const isLive = (state: Readonly<State>, record: Owned): boolean =>
  !record.deleted && state.directories.get(record.wire.directory_id)?.deleted === false;

/** The live user of this id, in a live directory; throws the 404 of WorkOS. */
export const liveUser = (state: Readonly<State>, id: string): UserRecord => {
  const user = state.users.get(id);
  if (user === undefined || !isLive(state, user)) throw notFound('Directory User', id);
  return user;
};

/** The live group of this id, in a live directory; throws the 404 of WorkOS. */
export const liveGroup = (state: Readonly<State>, id: string): GroupRecord => {
  const group = state.groups.get(id);
  if (group === undefined || !isLive(state, group)) throw notFound('Directory Group', id);
  return group;
};
