import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../activities/index.ts';
import * as options from './activity-options.ts';
import { backfill } from './backfill.ts';
import {
  backfillId,
  QUERY,
  SIGNAL,
  UPDATE,
  type BackfillEnd,
  type DirectorySyncInput,
  type DirectorySyncStatus,
  type ResyncRequest,
} from './contract.ts';
import { directoryDetails, searchAttributes } from './directory-details.ts';
import { refreshRequests } from './refresh-requests.ts';
import { nextChores } from '../src/domain/next-chores.ts';

const {
  applyPending,
  armRetention,
  beginBackfill,
  deprovisionDeleted,
  deriveNext,
  endLeft,
  pauseDirectory,
  resumeDirectory,
} = proxyActivities<Activities>(options.live);
const { payOwedReads, refresh } = proxyActivities<Activities>(options.wholeReads);

const CHUNK = {
  deprovision: deprovisionDeleted,
  'end-memberships': endLeft,
  derive: deriveNext,
} as const;

type Duties = NonNullable<Awaited<ReturnType<Activities['applyPending']>>['duties']>;

/**
 * One directory, for ever. A wake drains the inbox into MongoDB, batch after batch in order; beside
 * it run the directory's backfill (a child that outlives this run) and the reads it owes. Signals
 * carry no work: what is owed stands in the database, so a lost one costs time and nothing else.
 */
export async function directorySync(input: DirectorySyncInput): Promise<void> {
  const { directoryId } = input;
  const resyncs = [...(input.resyncRequests ?? [])];
  const refreshes = [...(input.refreshes ?? [])];
  let applied = input.applied ?? 0;
  let woken = true;
  let draining = false;
  let duties: Duties | null = null;
  let running: number | null = null;
  let ended = 0;
  let wanted = input.resyncWanted ?? false;
  let refused = false;
  let retrying = false;
  let paying = false;
  let refreshing = false;
  // A fresh run knows nothing of the timer.
  let armed: number | null = null;
  let shown = '';

  setHandler(defineSignal(SIGNAL.wake), () => {
    woken = true;
  });
  setHandler(defineSignal<[ResyncRequest?]>(SIGNAL.resync), (request) => {
    const named = refreshRequests(request, uuid4);
    refreshes.push(...named);
    woken = true;
    if (named.length > 0) return;
    resyncs.push(...(request?.requestId === undefined ? [] : [request.requestId]));
    wanted = true;
    refused = false;
  });
  setHandler(defineSignal<[BackfillEnd]>(SIGNAL.backfillEnded), (end) => {
    ended = Math.max(ended, end.generation);
    if (running !== null && end.generation < running) return;
    running = null;
    refused = end.outcome === 'failed';
    woken = true;
  });
  setHandler(defineUpdate<string>(UPDATE.pause), async () => {
    const status = await pauseDirectory({ directoryId });
    woken = true;
    return status;
  });
  setHandler(defineUpdate<string>(UPDATE.resume), async () => {
    const status = await resumeDirectory({ directoryId });
    refused = false;
    woken = true;
    return status;
  });
  setHandler(defineQuery<DirectorySyncStatus>(QUERY.status), (): DirectorySyncStatus => ({
    directoryId,
    syncStatus: duties?.syncStatus ?? 'pending',
    applied,
    draining,
    backfill: running ?? duties?.backfilling ?? null,
    owesReads: duties !== null && duties.readInMs !== null,
  }));

  const drain = async (): Promise<void> => {
    draining = true;
    let more = true;
    while (more) {
      const result = await applyPending({ directoryId });
      applied += result.settled;
      more = result.more;
      if (result.activated === true) refused = false;
      duties = result.duties ?? duties;
    }
    draining = false;
  };

  const startBackfill = async (resume: number | null): Promise<void> => {
    wanted = false;
    const generation =
      resume ?? (await beginBackfill({ directoryId, requestIds: resyncs.splice(0) }));
    running = generation;
    try {
      const child = await startChild(backfill, {
        workflowId: backfillId(directoryId, generation),
        // The default would end it with this run, also at continue-as-new.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        args: [{ directoryId, generation }],
        staticSummary: `backfill ${generation}`,
      });
      void child.result().catch(() => retryLost(generation));
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // It outlived an earlier run of this workflow, and only a new start tells that it is gone.
      void lookAgain(generation);
    }
  };

  const lookAgain = async (generation: number): Promise<void> => {
    await sleep(options.REFUSED_BACKFILL_WAIT, { summary: 'whether the backfill still runs' });
    if (running !== generation) return;
    running = null;
    woken = true;
  };

  /** A backfill that somebody cancelled or terminated cannot say that it ended. */
  const retryLost = (generation: number): void => {
    if (running !== generation) return;
    running = null;
    refused = true;
    woken = true;
  };

  const payReads = async (): Promise<void> => {
    paying = true;
    try {
      await payOwedReads({ directoryId });
    } catch (error) {
      // WorkOS refuses: the debts stand. Thousands of them must not be tried one after another.
      if (!(error instanceof ActivityFailure)) throw error;
      await sleep(options.REFUSED_READS_WAIT, { summary: 'WorkOS refused to list memberships' });
    }
    paying = false;
    woken = true;
  };

  const refreshNext = async (): Promise<void> => {
    const [next] = refreshes;
    if (next === undefined) return;
    refreshing = true;
    // It stays on the list until it is done: a new run must find it there.
    await refresh({ directoryId, ...next });
    refreshes.shift();
    refreshing = false;
    woken = true;
  };

  const retryRefused = async (): Promise<void> => {
    retrying = true;
    await sleep(options.REFUSED_BACKFILL_WAIT, {
      summary: 'the last backfill failed; then it is tried again',
    });
    retrying = false;
    refused = false;
    woken = true;
  };

  while (!workflowInfo().continueAsNewSuggested) {
    woken = false;
    await drain();
    const owed = duties as Duties | null;
    if (owed !== null) {
      const now = searchAttributes(directoryId, owed);
      if (now.key !== shown) {
        shown = now.key;
        upsertSearchAttributes(now.attributes);
      }
      const chores = nextChores(owed, {
        running,
        ended,
        wanted,
        refused,
        paying,
        refreshing,
        armed,
      });
      if (chores.arm) {
        armed = owed.nextPurge;
        await armRetention({ directoryId });
      }
      if (chores.backfill !== null)
        await startBackfill(chores.backfill === 'resume' ? owed.backfilling : null);
      if (chores.payReads) void payReads();
      if (chores.refresh) void refreshNext();
      if (chores.chunk !== null) {
        await CHUNK[chores.chunk]({ directoryId });
        // Whoever left meanwhile comes before the next chunk.
        woken = true;
      }
      setCurrentDetails(directoryDetails({ duties: owed, applied, running }));
    }
    if (refused && !retrying) void retryRefused();
    const readInMs = owed?.readInMs ?? 0;
    if (readInMs > 0 && !paying) await condition(() => woken, readInMs);
    else await condition(() => woken);
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof directorySync>({
    directoryId,
    applied,
    resyncRequests: resyncs,
    resyncWanted: wanted,
    refreshes,
  });
}
