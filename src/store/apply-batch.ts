import type { ClientSession } from 'mongodb';
import type { DirectoryId } from '../domain/ids.ts';
import { arrivals, linkByEmail } from '../domain/link-by-email.ts';
import { planBatch, type BatchPlan, type CompleteReads } from '../domain/plan-batch.ts';
import { rolesMayChange, touchedPeople } from '../domain/touched-people.ts';
import type { Told } from '../domain/told.ts';
import type { Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import { endMemberships } from './end-memberships.ts';
import { ofPeople } from './of-people.ts';
import { oweDerivation } from './owe-derivation.ts';
import { readAddressHolders } from './read-address-holders.ts';
import { readBatchState } from './read-batch-state.ts';
import { settleEvents, stillPending, type SettledEvent } from './settle-events.ts';
import { transact, TURN } from './transact.ts';
import { writeBatch } from './write-batch.ts';
import { writeDirectory } from './write-directory.ts';
import { writeRoles } from './write-roles.ts';

/** One transaction's worth of what one directory was told. */
export interface Batch {
  readonly directoryId: DirectoryId;
  readonly told: readonly Told[];
  readonly reads?: readonly CompleteReads[];
  /** Events that are settled with it; empty for listed rows. */
  readonly settle?: readonly SettledEvent[];
  /** WorkOS's time of the newest event in the batch. */
  readonly lastEventAt?: Date | null;
  /** When it is applied; a clock is read as an attempt begins, which may have waited for its turn. */
  readonly now: Date | (() => Date);
  /** The directory's revision before the events were read; without it they are looked up again. */
  readonly seenAt?: number | null;
  /** The report of the listing that the rows come from; written, so that a new policy conflicts. */
  readonly report?: string;
  /** Applies only while the directory is being deprovisioned for the deletion of this version. */
  readonly deprovisioning?: Version;
  /** Leaves roles to a derivation of the directory: an account that is refused must not hold up the rest. */
  readonly rolesLater?: boolean;
  /** Whether listed rows, too, must follow the directory's other batches one by one. */
  readonly lock?: boolean;
}

/** What a batch left behind for others to do. */
export interface BatchOutcome {
  /** Events that are settled by now. */
  readonly settled: number;
  readonly mails: number;
  readonly endingLeft: boolean;
  /** Whether it activated the directory: whatever kept its backfill back is over. */
  readonly activated: boolean;
  /** Whether it was not applied, because an operator has paused or resumed the directory meanwhile. */
  readonly paused: boolean;
}

const PAUSED: BatchOutcome = {
  settled: 0,
  mails: 0,
  endingLeft: false,
  activated: false,
  paused: true,
};

/**
 * Joins a batch into the database in one transaction: records, memberships, sessions, audit,
 * outbox, and the events' own settlement. All of it or nothing; a repeat changes nothing. Live
 * batches of a directory follow one another, and wait while it is paused; a listing's batches meet them
 * only on the same records.
 */
export const applyBatch = (database: Database, batch: Batch): Promise<BatchOutcome> => {
  const settle = batch.settle ?? [];
  const live = settle.length > 0;
  return transact(
    database,
    async (session, attempt) => {
      const begun = batch.now instanceof Date ? batch.now : batch.now();
      const reads = batch.reads ?? [];
      const {
        state: found,
        directory,
        roles,
        derives,
      } = await readBatchState(database, session, {
        directoryId: batch.directoryId,
        told: batch.told,
        reads,
        lock: live || batch.lock === true,
      });
      // The directory is locked by now: a pause that was answered holds for every later event.
      if (live && directory.sync.paused) return PAUSED;
      const { deprovisioning = null } = batch;
      if (deprovisioning !== null && directory.sync.deprovisioning !== deprovisioning)
        return PAUSED;
      // Every batch that settles events moves the directory's revision: unmoved since the events were
      // read, they are pending still.
      const unmoved = attempt === 0 && batch.seenAt === directory.sync.rev - 1;
      const open = !live
        ? null
        : unmoved
          ? new Set<string>(settle.map((event) => event.id))
          : await stillPending(database, session, settle);
      const told =
        open === null
          ? batch.told
          : batch.told.filter(({ cause }) => cause.event === null || open.has(cause.event));
      const arriving = arrivals(found, told);
      const holders = await readAddressHolders(database, session, arriving.newcomers);
      const state = linkByEmail(found, arriving, holders);
      const plan = planBatch(state, told, reads);
      const context = { database, session, state, now: begun, attempt };
      await writeBatch(context, plan);
      if (batch.report !== undefined)
        await database.reports.updateOne({ _id: batch.report }, { $inc: { rev: 1 } }, { session });
      const ending = await endMemberships(context, endedRecords(batch.directoryId, plan));
      if (ending.left) await markEnding(database, session, plan);
      const rolesLater = batch.rolesLater === true;
      // What is written under a typing error is derived again when it is mended.
      if (rolesLater || !derives) await oweDerivation(database, session, batch.directoryId);
      if (!rolesLater && (roles === null || rolesMayChange(state)))
        await writeRoles(
          { ...context, directoryId: batch.directoryId, mapping: roles, lost: ending.people },
          new Map([...ending.people, ...touchedPeople(plan, told)]),
        );
      if (live) {
        await writeDirectory(context, directory, plan.directory, batch.lastEventAt ?? null);
        await settleEvents(
          context,
          directory,
          settle.filter((event) => open?.has(event.id)),
        );
      }
      return {
        settled: settle.length,
        mails: plan.mails.length + plan.mailsAgain.length,
        endingLeft: ending.left,
        activated: plan.directory.owesBackfill,
        paused: false,
      };
    },
    live ? TURN.live : TURN.other,
  );
};

const endedRecords = (directoryId: DirectoryId, plan: BatchPlan) => {
  const users = new Map(plan.users.map((change) => [change.id, change.record]));
  const groups = new Map(plan.groups.map((change) => [change.id, change.record]));
  return {
    directoryId,
    users: new Map([...users].filter(([id]) => plan.endedUsers.includes(id))),
    groups: new Map([...groups].filter(([id]) => plan.endedGroups.includes(id))),
  };
};

const markEnding = async (
  database: Database,
  session: ClientSession,
  plan: BatchPlan,
): Promise<void> => {
  const ending = { $set: { 'sync.ending': true } };
  // Only records of ours: an account whose link is pending has no bookkeeping to change.
  await database.users.updateMany(
    { ...ofPeople(plan.endedUsers), 'sync.rev': { $exists: true } },
    ending,
    { session },
  );
  await database.groups.updateMany({ _id: { $in: [...plan.endedGroups] } }, ending, { session });
};
