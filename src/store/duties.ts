import type { DirectoryId } from '../domain/ids.ts';
import type { SyncStatus } from '../domain/directory.ts';
import type { Database } from './database.ts';

/** What a drained directory still owes; a workflow does it beside the live events. */
export interface Duties {
  readonly syncStatus: SyncStatus;
  readonly organizationId: string | null;
  /** A complete backfill is due. */
  readonly backfill: boolean;
  /** The generation of the backfill under way. */
  readonly backfilling: number | null;
  /** Somebody's memberships must be read from the API. */
  readonly reads: boolean;
  /** More memberships to end than one transaction may hold. */
  readonly endings: boolean;
  /** Somebody waits for hard deletion. */
  readonly purges: boolean;
}

/** Reads what a directory owes; five indexed look-ups. */
export const readDuties = async (
  database: Database,
  directoryId: DirectoryId,
  now: Date,
): Promise<Duties> => {
  const one = { projection: { _id: 1 } } as const;
  const owing = {
    directoryId,
    'sync.owesRead': true,
    $or: [{ 'sync.readAt': null }, { 'sync.readAt': { $lte: now } }],
  };
  const ending = { directoryId, 'sync.ending': true };
  const [directory, userReads, groupReads, userEndings, groupEndings, purges] = await Promise.all([
    database.directories.findOne({ _id: directoryId }),
    database.users.findOne(owing, one),
    database.groups.findOne(owing, one),
    database.users.findOne(ending, one),
    database.groups.findOne(ending, one),
    database.users.findOne({ directoryId, hardDeleteAt: { $type: 'date' } }, one),
  ]);
  return {
    syncStatus: directory?.syncStatus ?? 'pending',
    organizationId: directory?.organizationId ?? null,
    backfill: directory?.sync.owesBackfill ?? false,
    backfilling: directory?.sync.backfilling ?? null,
    reads: userReads !== null || groupReads !== null,
    endings: userEndings !== null || groupEndings !== null,
    purges: purges !== null,
  };
};
