import { findDirectory, groupsOf, usersOf } from './acts/lookup.ts';
import { membersOf } from './acts/members.ts';
import { Refusal } from './refusal.ts';
import { renderDirectory, renderUser } from './render.ts';
import type { State } from './state.ts';
import type { Json, WireGroup, WireUser } from './wire.ts';

/** What a perfect synchronisation ends with. */
export type Truth = {
  readonly directory: Json & { readonly deleted: boolean };
  readonly users: readonly (WireUser & { readonly deleted: boolean })[];
  readonly groups: readonly (WireGroup & { readonly deleted: boolean })[];
  readonly memberships: readonly { readonly group: string; readonly user: string }[];
  readonly events: number;
};

/** The truth about one directory (the only one if no id is given), deleted ones included. Throws a Refusal. */
export const truthOf = (state: Readonly<State>, id: string | undefined): Truth => {
  const directory = id === undefined ? findDirectory(state, undefined) : state.directories.get(id);
  if (directory === undefined) {
    throw new Refusal(404, `There is no directory "${id}" in the simulator.`);
  }
  const groups = groupsOf(state, directory.id);
  return {
    directory: { ...renderDirectory(state, directory), deleted: directory.deleted },
    users: usersOf(state, directory.id).map((user) => ({
      ...renderUser(state.knobs, user),
      deleted: user.deleted,
    })),
    groups: groups.map(({ wire, deleted }) => ({ ...wire, deleted })),
    memberships: groups
      .filter(({ deleted }) => !deleted)
      .flatMap((group) =>
        membersOf(state, group).map((user) => ({ group: group.id, user: user.id })),
      ),
    events: state.events.filter((event) => event.directory.id === directory.id).length,
  };
};
