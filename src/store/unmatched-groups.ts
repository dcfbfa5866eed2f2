import { directoryId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import { unmatchedNames, type GroupNames } from '../domain/role-mapping.ts';
import type { Database } from './database.ts';
import type { TouchedDirectory } from './policies.ts';
import { readNamedGroups } from './role-sources.ts';

/**
 * The groups that a new policy names in its role mapping and that are live in none of the directories
 * where that mapping would hold. None while it would hold nowhere.
 */
export const unmatchedGroups = async (
  database: Pick<Database, 'groups'>,
  change: {
    readonly policy: Partial<Policy>;
    readonly touched: readonly TouchedDirectory[];
  },
): Promise<readonly string[]> => {
  const { roles: mapping } = change.policy;
  // A directory whose own policy has roles does not go by these.
  const going = change.touched.filter(({ policy }) => policy.roles === mapping);
  if (mapping === undefined || going.length === 0) return [];
  const groups: GroupNames[] = [];
  for (const one of going) {
    const of = { directoryId: directoryId(one.directoryId), mapping };
    // oxlint-disable-next-line no-await-in-loop -- one directory after the other is gentle
    groups.push(...(await readNamedGroups(database, of)));
    if (unmatchedNames(mapping, groups).length === 0) break;
  }
  return unmatchedNames(mapping, groups);
};
