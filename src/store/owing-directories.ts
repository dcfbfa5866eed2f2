import { HALTED } from '../domain/directory.ts';
import type { Database } from './database.ts';
import { ANY_TIME, BACKFILLS_INDEX, LEAVERS_INDEX, OWED_BACKFILLS_INDEX } from './indexes.ts';
import { NOT_ON_HOLD } from './on-hold.ts';
import { readDueAt } from './owed-reads.ts';

/**
 * Directories that owe something which nobody may be working on: a backfill, a read that was due
 * before `dueBefore`, memberships to end, roles to derive. With `everything` also those whose backfill is
 * under way or waits because WorkOS refused it, and those with a hard deletion that was due an hour
 * ago: the workflows look by themselves while they run, but somebody may have ended one.
 * Paused and frozen directories do nothing of the first two, so they are left out of them.
 */
export const owingDirectories = async (
  { directories, users, groups }: Pick<Database, 'directories' | 'users' | 'groups'>,
  owing: { readonly dueBefore: Date; readonly everything: boolean },
): Promise<readonly string[]> => {
  const open = { syncStatus: { $nin: [...HALTED] } };
  const only = { projection: { _id: 1 } };
  const reads = [{ $match: readDueAt(owing.dueBefore) }, BY_DIRECTORY];
  const endings = [{ $match: { 'sync.ending': true } }, BY_DIRECTORY];
  const roles = [{ $match: { 'sync.rolesDue': true } }, BY_DIRECTORY];
  const purgeDue = { ...ANY_TIME, $lte: new Date(owing.dueBefore.getTime() - HOUR_MS) };
  const purges = [{ $match: { hardDeleteAt: purgeDue, ...NOT_ON_HOLD } }, BY_DIRECTORY];
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
    owing.everything ? users.aggregate<Owing>(purges, { hint: LEAVERS_INDEX }).toArray() : [],
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

const HOUR_MS = 3_600_000;

interface Owing {
  readonly _id: string;
}

const BY_DIRECTORY = { $group: { _id: '$directoryId' } };
