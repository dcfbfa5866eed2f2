import type { Database } from './database.ts';
import { BACKFILLS_INDEX, OWED_BACKFILLS_INDEX } from './indexes.ts';

/**
 * Directories that owe something which nobody may be working on: a backfill, a read that was due
 * before `dueBefore`, memberships to end, roles to derive. With `everything` also those whose backfill is
 * under way or waits because WorkOS refused it; their workflows look by themselves while they run.
 * Paused and frozen directories do nothing of the first two, so they are left out of them.
 */
export const owingDirectories = async (
  { directories, users, groups }: Pick<Database, 'directories' | 'users' | 'groups'>,
  owing: { readonly dueBefore: Date; readonly everything: boolean },
): Promise<readonly string[]> => {
  const open = { syncStatus: { $nin: ['paused' as const, 'frozen' as const] } };
  const only = { projection: { _id: 1 } };
  const due = { 'sync.owesRead': true, 'sync.readAt': { $not: { $gt: owing.dueBefore } } };
  const reads = [{ $match: due }, BY_DIRECTORY];
  const endings = [{ $match: { 'sync.ending': true } }, BY_DIRECTORY];
  const roles = [{ $match: { 'sync.rolesDue': true } }, BY_DIRECTORY];
  const [backfills, underWay, derivations, userReads, groupReads, ...others] = await Promise.all([
    directories
      .find(
        { 'sync.owesBackfill': true, ...open, ...(owing.everything ? {} : { attention: null }) },
        { ...only, hint: OWED_BACKFILLS_INDEX },
      )
      .toArray(),
    owing.everything
      ? directories
          .find(
            { 'sync.backfilling': { $type: 'number' }, ...open },
            { ...only, hint: BACKFILLS_INDEX },
          )
          .toArray()
      : [],
    // Nothing stands here from a change of the policy until everybody is derived by it.
    directories.find({ 'sync.policyKey': null }, only).toArray(),
    users.aggregate<Owing>(reads).toArray(),
    groups.aggregate<Owing>(reads).toArray(),
    users.aggregate<Owing>(endings).toArray(),
    groups.aggregate<Owing>(endings).toArray(),
    groups.aggregate<Owing>(roles).toArray(),
  ]);
  const readers = await directories
    .find({ _id: { $in: [...userReads, ...groupReads].map(({ _id }) => _id) }, ...open }, only)
    .toArray();
  return [
    ...new Set(
      [...backfills, ...underWay, ...derivations, ...readers, ...others.flat()].map(
        ({ _id }) => _id,
      ),
    ),
  ].toSorted();
};

interface Owing {
  readonly _id: string;
}

const BY_DIRECTORY = { $group: { _id: '$directoryId' } };
