import type { ClientSession } from 'mongodb';
import { directoryUserId, groupId, membershipId, type DirectoryId } from '../domain/ids.ts';
import type { GroupNames, RoleMapping } from '../domain/role-mapping.ts';
import type { Database } from './database.ts';

/**
 * The live groups of each of these people that a mapping names, by directory user id. Two round
 * trips whatever the number of people, and none when the mapping names no group.
 */
export const readRoleSources = async (
  database: Pick<Database, 'groups' | 'groupMembers'>,
  of: {
    readonly directoryId: DirectoryId;
    readonly mapping: RoleMapping;
    readonly people: readonly string[];
    readonly session?: ClientSession;
  },
): Promise<ReadonlyMap<string, readonly GroupNames[]>> => {
  const options = of.session === undefined ? {} : { session: of.session };
  if (of.mapping.groups.length === 0 || of.people.length === 0) return new Map();
  const groups = await readNamedGroups(database, of);
  if (groups.length === 0) return new Map();
  const names = new Map<string, GroupNames>(groups.map((group) => [group.id, group]));
  const members = await database.groupMembers
    .find(
      {
        ...membershipsOf(of.people, [...names.keys()]),
        removedAt: null,
      },
      { ...options, projection: { groupId: 1, directoryUserId: 1 } },
    )
    .toArray();
  const sources = new Map<string, GroupNames[]>();
  for (const member of members) {
    const group = names.get(member.groupId);
    if (group === undefined) continue;
    sources.set(member.directoryUserId, [...(sources.get(member.directoryUserId) ?? []), group]);
  }
  return sources;
};

/** So many ids are looked up faster than all memberships of some hundred people are read. */
const PAIRS = 5000;

const membershipsOf = (people: readonly string[], groups: readonly string[]) =>
  people.length * groups.length <= PAIRS
    ? {
        _id: {
          $in: groups.flatMap((group) =>
            people.map((person) => membershipId(groupId(group), directoryUserId(person))),
          ),
        },
      }
    : { directoryUserId: { $in: [...people] }, groupId: { $in: [...groups] } };

/** The live groups of a directory that a mapping names. */
export const readNamedGroups = async (
  database: Pick<Database, 'groups'>,
  of: {
    readonly directoryId: DirectoryId;
    readonly mapping: RoleMapping;
    readonly session?: ClientSession;
  },
): Promise<readonly GroupNames[]> => {
  const named = of.mapping.groups.map(({ group }) => group);
  if (named.length === 0) return [];
  const groups = await database.groups
    .find(
      {
        // Each by its own index: a directory may have twenty thousand groups, and a mapping names few.
        $or: (['_id', 'idpId', 'name'] as const).map((field) => ({
          directoryId: of.directoryId,
          [field]: { $in: named },
        })),
        deletedAt: null,
      },
      {
        ...(of.session === undefined ? {} : { session: of.session }),
        projection: { idpId: 1, name: 1 },
      },
    )
    .toArray();
  return groups.map(({ _id, idpId, name }) => ({ id: groupId(_id), idpId, name }));
};
