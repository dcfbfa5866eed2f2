import type { DirectoryId } from '../domain/ids.ts';
import type { SyncStatus } from '../domain/directory.ts';
import type { Database } from './database.ts';
import type { DirectoryDocument } from './documents.ts';
import { OWES_READ } from './owed-reads.ts';
import { nextPurge } from './purge.ts';
import { POLICY_INVALID, readCheckedPolicy, type CheckedPolicy } from './read-policy.ts';

/** What a drained directory still owes; a workflow does it beside the live events. */
export interface Duties {
  readonly syncStatus: SyncStatus;
  readonly organizationId: string | null;
  /** A complete backfill is due. */
  readonly backfill: boolean;
  /** The generation of the backfill under way. */
  readonly backfilling: number | null;
  /** Milliseconds until somebody's memberships must be read from the API; null when none must. */
  readonly readInMs: number | null;
  /** More memberships to end than one transaction may hold. */
  readonly endings: boolean;
  /** The people of the deleted directory are to lose their access. */
  readonly deprovision: boolean;
  /** Accounts are to be derived anew, after a new policy or a new name of a group. */
  readonly derivations: boolean;
  /** When the next hard deletion is due, epoch milliseconds; null when nobody waits for one. */
  readonly nextPurge: number | null;
}

/** Reads what a directory owes; a few indexed look-ups. */
export const readDuties = async (
  database: Database,
  directoryId: DirectoryId,
  now: Date,
): Promise<Duties> => {
  const one = { projection: { _id: 1 } } as const;
  const owing = { directoryId, ...OWES_READ };
  // Dates sort after null: a debt that was never tried comes first.
  const next = { projection: { 'sync.readAt': 1 }, sort: { 'sync.readAt': 1 } } as const;
  const ending = { directoryId, 'sync.ending': true };
  const renamed = { directoryId, 'sync.rolesDue': true };
  const [directory, userReads, groupReads, userEndings, groupEndings, groupRoles, checked, purge] =
    await Promise.all([
      database.directories.findOne({ _id: directoryId }),
      database.users.findOne(owing, next),
      database.groups.findOne(owing, next),
      database.users.findOne(ending, one),
      database.groups.findOne(ending, one),
      database.groups.findOne(renamed, one),
      readCheckedPolicy(database, directoryId),
      nextPurge(database, directoryId),
    ]);
  return {
    syncStatus: directory?.syncStatus ?? 'pending',
    organizationId: directory?.organizationId ?? null,
    backfill: directory?.sync.owesBackfill ?? false,
    backfilling: directory?.sync.backfilling ?? null,
    readInMs: firstReadInMs([userReads, groupReads], now),
    endings: userEndings !== null || groupEndings !== null,
    deprovision: directory !== null && mayDeprovision(directory),
    derivations: groupRoles !== null || (directory !== null && owesDerivation(directory, checked)),
    nextPurge: purge?.getTime() ?? null,
  };
};

/** Whether a deletion's deprovisioning is to go on now: not of a paused or returned directory. */
export const mayDeprovision = ({ sync, syncStatus }: DirectoryDocument): boolean =>
  (sync.deprovisioning ?? null) !== null && syncStatus === 'frozen';

const firstReadInMs = (
  debts: readonly ({ readonly sync: { readonly readAt: Date | null } } | null)[],
  now: Date,
): number | null => {
  const waits = debts.flatMap((debt) =>
    debt === null ? [] : [Math.max(0, (debt.sync.readAt?.getTime() ?? 0) - now.getTime())],
  );
  return waits.length === 0 ? null : Math.min(...waits);
};

/** A policy that is not sound is looked at once, to ask for attention, and once more when it is sound again. */
const owesDerivation = (
  { sync, attention }: DirectoryDocument,
  { key, problems, derives }: CheckedPolicy,
): boolean =>
  (derives && sync.policyKey !== key) ||
  attention === (problems.length > 0 ? null : POLICY_INVALID);
