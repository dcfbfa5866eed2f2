import type { BatchState, UserChange } from './batch-state.ts';
import type { DirectoryUserId } from './ids.ts';
import type { Cause, Told } from './told.ts';
import { isNewer, type Version } from './version.ts';

/** Whether anything gives roles: most directories map none, and then nobody has one to lose. */
export const rolesMayChange = ({ policy: { roles }, users }: BatchState): boolean =>
  roles.groups.length > 0 ||
  Object.keys(roles.workos).length > 0 ||
  [...users.values()].some(({ hasRoles }) => hasRoles);

/** The people whom a plan writes, each with the newest cause that told of them. */
export const touchedPeople = (
  plan: { readonly users: readonly UserChange[] },
  told: readonly Told[],
): ReadonlyMap<DirectoryUserId, Cause> => {
  const newest = new Map<DirectoryUserId, { readonly version: Version; readonly cause: Cause }>();
  for (const { cause, observations } of told)
    for (const seen of observations) {
      if (seen.of !== 'user' && seen.of !== 'membership') continue;
      const person = seen.of === 'user' ? seen.id : seen.user;
      if (isNewer(seen.version, newest.get(person)?.version ?? null))
        newest.set(person, { version: seen.version, cause });
    }
  return new Map(
    plan.users.map(({ id, record }) => [
      id,
      newest.get(id)?.cause ?? { event: null, key: `read:${record.listed ?? ''}` },
    ]),
  );
};
