import type { DirectoryId } from '../domain/ids.ts';
import type { MembershipsBy } from '../domain/memberships-by.ts';
import { isNewer, newest, type Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import { changeDirectory } from './change-directory.ts';
import type { BackfillReport } from './documents.ts';

type Counts = BackfillReport['counts'];

/** The id of a backfill's report. */
export const backfillReportId = (directoryId: string, generation: number): string =>
  `backfill/${directoryId}/${generation}`;

/**
 * Begins the next generation of a directory's backfill: takes over the debt, the operators' requests
 * and those of a backfill that never ended, and opens the report. Answers the generation. A second
 * call by the same caller, as `by` names it, answers the same; one by another begins another.
 */
export const beginBackfill = (
  database: Database,
  begin: {
    readonly directoryId: DirectoryId;
    readonly requestIds: readonly string[];
    readonly by: string;
    readonly now: Date;
  },
): Promise<number> =>
  changeDirectory(database, begin.directoryId, async (directory, session) => {
    const { directoryId, by, now } = begin;
    const last = backfillReportId(directoryId, directory.sync.generation);
    const begun = await database.reports.findOne({ _id: last, begunBy: by }, { session });
    if (begun !== null) return { result: directory.sync.generation };
    const open = { directoryId, kind: 'backfill', outcome: 'running' } as const;
    const orphans = await database.reports.find(open, { session }).toArray();
    if (orphans.length > 0)
      // Whoever waits for one of them waits for this one from now on.
      await database.reports.updateMany(
        open,
        { $set: { outcome: 'failed', reason: SUPERSEDED, endedAt: now, requestIds: [] } },
        { session },
      );
    const generation = directory.sync.generation + 1;
    await database.reports.insertOne(
      {
        _id: backfillReportId(directoryId, generation),
        kind: 'backfill',
        directoryId,
        generation,
        begunBy: by,
        requestIds: [...orphans.flatMap(({ requestIds }) => requestIds), ...begin.requestIds],
        startedAt: now,
        endedAt: null,
        outcome: 'running',
        reason: null,
        counts: { phase: 'directory', users: 0, groups: 0, memberships: 0, absent: 0 },
      },
      { session },
    );
    return {
      result: generation,
      sync: { ...directory.sync, generation, backfilling: generation, owesBackfill: false },
    };
  });

/** Why a report has failed whose backfill was begun anew before it ended. */
const SUPERSEDED = 'backfill-superseded';

/** What a complete listing may conclude: people, groups as well, or memberships too. */
export type Listed = 'users' | 'records' | 'everything';

/** Moves the fences of complete listings: whatever they did not show was absent. */
export const recordListed = (
  database: Database,
  listed: {
    readonly directoryId: DirectoryId;
    readonly fence: Version;
    readonly of: Listed;
  },
): Promise<void> =>
  changeDirectory(database, listed.directoryId, ({ sync }) =>
    Promise.resolve({
      result: undefined,
      sync: {
        ...sync,
        usersListed: newest(sync.usersListed, listed.fence),
        ...(listed.of === 'users' ? {} : { groupsListed: newest(sync.groupsListed, listed.fence) }),
        ...(listed.of === 'everything'
          ? { membershipsListed: newest(sync.membershipsListed, listed.fence) }
          : {}),
      },
    }),
  );

/** What was recorded of the complete listing at this fence, or of a later one; null while nothing was. */
export const findListed = async (
  database: Database,
  { directoryId, fence }: { readonly directoryId: DirectoryId; readonly fence: Version },
): Promise<Listed | null> => {
  const sync = (await database.directories.findOne({ _id: directoryId }))?.sync;
  const has = (listed: Version | null | undefined): boolean => !isNewer(fence, listed ?? null);
  if (!has(sync?.usersListed)) return null;
  if (!has(sync?.groupsListed)) return 'users';
  return has(sync?.membershipsListed) ? 'everything' : 'records';
};

/** Publishes how far a backfill has come. A repeat overwrites with the same. */
export const reportProgress = async (
  database: Database,
  progress: { readonly directoryId: string; readonly generation: number; readonly counts: Counts },
): Promise<void> => {
  await database.reports.updateOne(
    { _id: backfillReportId(progress.directoryId, progress.generation) },
    { $set: { counts: progress.counts } },
  );
};

/** Notes how a backfill lists memberships. A repeat overwrites with the same. */
export const reportMembershipsBy = async (
  database: Database,
  decided: {
    readonly directoryId: string;
    readonly generation: number;
    readonly by: MembershipsBy;
  },
): Promise<void> => {
  await database.reports.updateOne(
    { _id: backfillReportId(decided.directoryId, decided.generation) },
    { $set: { membershipsBy: decided.by } },
  );
};
