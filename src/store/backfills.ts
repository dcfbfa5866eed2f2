import type { AuditEntry } from '../domain/effect.ts';
import { directoryStateOf, syncStatusOf } from '../domain/directory.ts';
import type { DirectoryId } from '../domain/ids.ts';
import type { DirectoryContent } from '../domain/observation.ts';
import { newest, versionTime, type Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import type { DirectoryDocument, ReportDocument } from './documents.ts';
import { knownDirectory } from './stored-record.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';

type Counts = ReportDocument['counts'];

/** The id of a backfill's report. */
export const backfillReportId = (directoryId: string, generation: number): string =>
  `backfill/${directoryId}/${generation}`;

/**
 * Begins the next generation of a directory's backfill: takes over the debt and the operators'
 * requests, and opens the report. Answers the generation. A second call begins another.
 */
export const beginBackfill = (
  database: Database,
  begin: {
    readonly directoryId: DirectoryId;
    readonly requestIds: readonly string[];
    readonly now: Date;
  },
): Promise<number> =>
  changeDirectory(database, begin.directoryId, async (directory, session) => {
    const generation = directory.sync.generation + 1;
    await database.reports.insertOne(
      {
        _id: backfillReportId(begin.directoryId, generation),
        kind: 'backfill',
        directoryId: begin.directoryId,
        generation,
        requestIds: [...begin.requestIds],
        startedAt: begin.now,
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

/** Records what WorkOS's API says of a directory, and that its connection works. */
export const recordDirectory = (
  database: Database,
  found: {
    readonly directoryId: DirectoryId;
    readonly content: DirectoryContent;
    readonly connection: DirectoryDocument['sync']['connection'];
    readonly fence: Version;
  },
): Promise<void> =>
  changeDirectory(database, found.directoryId, (directory) =>
    Promise.resolve({
      result: undefined,
      fields: {
        organizationId: found.content.organizationId,
        name: found.content.name,
        type: found.content.type,
        attention: attentionAfter(directory.attention, found.connection),
      },
      sync: {
        ...directory.sync,
        connection: found.connection,
        alive: newest(directory.sync.alive, found.fence),
        contentVersion: newest(directory.sync.contentVersion, found.fence),
      },
    }),
  );

/** Reasons to look that a directory which answers again has outlived. */
const OUTLIVED = new Set(['invalid-credentials', 'workos-unauthorized', 'workos-not-found']);

const attentionAfter = (
  before: string | null,
  connection: DirectoryDocument['sync']['connection'],
): string | null => {
  if (connection === 'invalid_credentials') return 'invalid-credentials';
  return before !== null && OUTLIVED.has(before) ? null : before;
};

/** Moves the fences of complete listings: whatever they did not show was absent. */
export const recordListed = (
  database: Database,
  listed: {
    readonly directoryId: DirectoryId;
    readonly fence: Version;
  },
): Promise<void> =>
  changeDirectory(database, listed.directoryId, ({ sync }) =>
    Promise.resolve({
      result: undefined,
      sync: {
        ...sync,
        usersListed: newest(sync.usersListed, listed.fence),
        groupsListed: newest(sync.groupsListed, listed.fence),
        membershipsListed: newest(sync.membershipsListed, listed.fence),
      },
    }),
  );

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

/**
 * Ends a backfill. When it read every page the directory is synced as of `now`; when it failed the
 * debt is owed again. `attention` says what an operator should look at. A repeat changes nothing.
 */
export const endBackfill = (
  database: Database,
  end: {
    readonly directoryId: DirectoryId;
    readonly generation: number;
    readonly outcome: 'done' | 'failed';
    readonly reason: string | null;
    readonly fence: Version | null;
    readonly counts: Counts;
    readonly now: Date;
  },
): Promise<void> =>
  changeDirectory(database, end.directoryId, async (directory, session) => {
    const done = end.outcome === 'done';
    await database.reports.updateOne(
      { _id: backfillReportId(end.directoryId, end.generation), outcome: 'running' },
      {
        $set: { endedAt: end.now, outcome: end.outcome, reason: end.reason, counts: end.counts },
      },
      { session },
    );
    if (directory.sync.backfilling !== end.generation) return { result: undefined };
    await writeAudit({ database, session, now: end.now, attempt: 1 }, [endEntry(directory, end)]);
    const connection =
      end.reason === 'workos-unauthorized'
        ? ('invalid_credentials' as const)
        : end.reason === 'workos-not-found'
          ? ('unlinked' as const)
          : directory.sync.connection;
    return {
      result: undefined,
      fields: {
        attention: end.reason ?? attentionSince(directory.attention, done),
        ...(done
          ? { lastSyncedAt: end.fence === null ? end.now : new Date(versionTime(end.fence)) }
          : {}),
      },
      sync: {
        ...directory.sync,
        connection,
        backfilling: null,
        owesBackfill: directory.sync.owesBackfill || !done,
      },
    };
  });

/** A complete backfill answers every doubt about a listing, but none about the connection. */
const attentionSince = (before: string | null, done: boolean): string | null =>
  done && before?.startsWith('listing-') === true ? null : before;

const endEntry = (
  directory: DirectoryDocument,
  end: {
    readonly generation: number;
    readonly outcome: 'done' | 'failed';
    readonly reason: string | null;
    readonly directoryId: DirectoryId;
    readonly counts: Counts;
  },
): AuditEntry => ({
  type:
    end.reason === 'workos-unauthorized'
      ? 'directory.invalid_credentials'
      : end.reason === 'workos-not-found'
        ? 'directory.unlinked'
        : end.outcome === 'done'
          ? 'directory.synced'
          : 'dsync.error',
  cause: { event: null, key: backfillReportId(end.directoryId, end.generation) },
  directoryId: end.directoryId,
  organizationId: directory.organizationId,
  userId: null,
  groupId: null,
  reason: end.reason ?? 'complete',
  severity: end.outcome === 'done' ? (end.reason === null ? 'info' : 'warning') : 'error',
  metadata: {
    generation: end.generation,
    users: end.counts.users,
    groups: end.counts.groups,
    memberships: end.counts.memberships,
    absent: end.counts.absent,
  },
});

type Session = Parameters<Parameters<typeof transact>[1]>[0];

/** Changes a directory's document and re-derives its state and status, in one transaction. */
export const changeDirectory = <Result>(
  database: Database,
  directoryId: DirectoryId,
  change: (
    directory: DirectoryDocument,
    session: Session,
  ) => Promise<{
    readonly result: Result;
    readonly fields?: Partial<
      Pick<DirectoryDocument, 'organizationId' | 'name' | 'type' | 'attention' | 'lastSyncedAt'>
    >;
    readonly sync?: DirectoryDocument['sync'];
  }>,
): Promise<Result> =>
  transact(database, async (session) => {
    const directory = await database.directories.findOneAndUpdate(
      { _id: directoryId },
      { $inc: { 'sync.rev': 1 } },
      { session, returnDocument: 'after' },
    );
    if (directory === null) throw new UnknownDirectory(directoryId);
    const { result, fields = {}, sync = directory.sync } = await change(directory, session);
    const known = knownDirectory({ ...directory, ...fields, sync });
    await database.directories.updateOne(
      { _id: directoryId },
      {
        $set: { ...fields, sync, state: directoryStateOf(known), syncStatus: syncStatusOf(known) },
      },
      { session },
    );
    return result;
  });

/** Nobody has told us of this directory. */
export class UnknownDirectory extends Error {
  override readonly name = 'UnknownDirectory';
  readonly code = 'unknown-directory';
  constructor(directoryId: string) {
    super(`No directory ${directoryId} is known.`);
  }
}
