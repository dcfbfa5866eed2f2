import type { DirectoryUserId, GroupId, DirectoryId } from '../domain/ids.ts';
import type { Version } from '../domain/version.ts';
import { backfillReportId } from './backfills.ts';
import type { Database } from './database.ts';

interface OfBackfill {
  readonly directoryId: string;
  readonly generation: number;
}

/** Enough to see what is wrong; the report must not grow with the directory. */
const REPORTED = 100;

/** Notes in the report that MongoDB refuses a record, and why. A repeat notes nothing new. */
export const reportRefused = async (
  database: Database,
  { directoryId, generation }: OfBackfill,
  refused: { readonly id: string; readonly code: string },
): Promise<void> => {
  await database.reports.updateOne(
    {
      _id: backfillReportId(directoryId, generation),
      kind: 'backfill',
      [`refused.${REPORTED - 1}`]: { $exists: false },
    },
    { $addToSet: { refused } },
  );
};

/** Notes that a record cannot even be marked as seen: nobody's absence may be concluded then. */
export const reportUnmarked = async (
  database: Database,
  { directoryId, generation }: OfBackfill,
): Promise<void> => {
  await database.reports.updateOne(
    { _id: backfillReportId(directoryId, generation), kind: 'backfill' },
    { $set: { unmarked: true } },
  );
};

/** Whether a backfill saw somebody whom it could not mark as seen. */
export const hasUnmarked = async (
  database: Database,
  { directoryId, generation }: OfBackfill,
): Promise<boolean> => {
  const unmarked = { _id: backfillReportId(directoryId, generation), unmarked: true };
  return (await database.reports.findOne(unmarked, { projection: { _id: 1 } })) !== null;
};

/** Whom a refused row shows. */
export interface SeenRecords {
  readonly directoryId: DirectoryId;
  readonly users: readonly DirectoryUserId[];
  readonly groups: readonly GroupId[];
}

/**
 * Marks those of the records that are known and alive as seen at the fence, and leaves all else of
 * them as it is: the join of a sighting without content. A repeat changes nothing.
 */
export const markSeen = async (
  database: Database,
  { directoryId, users, groups }: SeenRecords,
  fence: Version,
): Promise<void> => {
  const earlier = { directoryId, deletedAt: null, 'sync.alive': { $lt: fence } };
  const seen = { $set: { 'sync.alive': fence }, $inc: { 'sync.rev': 1 } };
  if (users.length > 0)
    await database.users.updateMany({ directoryUserId: { $in: [...users] }, ...earlier }, seen);
  if (groups.length > 0)
    await database.groups.updateMany({ _id: { $in: [...groups] }, ...earlier }, seen);
};

/** Whether all of the records are known and alive. */
export const areKnown = async (
  database: Database,
  { directoryId, users, groups }: SeenRecords,
): Promise<boolean> => {
  const alive = { directoryId, deletedAt: null, 'sync.alive': { $type: 'string' } } as const;
  const known = await Promise.all([
    database.users.countDocuments({ directoryUserId: { $in: [...users] }, ...alive }),
    database.groups.countDocuments({ _id: { $in: [...groups] }, ...alive }),
  ]);
  return known[0] === users.length && known[1] === groups.length;
};
