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

const { applyPending, endLeft, pauseDirectory, resumeDirectory } = proxyActivities<Activities>(
  options.live,
);
const { beginBackfill, armRetention } = proxyActivities<Activities>(options.reads);
const { payOwedReads, refresh } = proxyActivities<Activities>(options.wholeReads);

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
  // A fresh run knows nothing of the timer; an end of the backfill may have found people gone.
  let arm = true;
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
    arm = true;
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
      arm ||= result.deletions;
      if (result.activated === true) refused = false;
      duties = result.duties ?? duties;
    }
    let left = duties?.endings ?? false;
    while (left) ({ left } = await endLeft({ directoryId }));
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
    }
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
      const { deletions } = await payOwedReads({ directoryId });
      arm ||= deletions;
    } catch (error) {
      // WorkOS refuses: the debt stands, and its next try has a time of its own.
      if (!(error instanceof ActivityFailure)) throw error;
    }
    paying = false;
    woken = true;
  };

  const refreshNext = async (): Promise<void> => {
    const [next] = refreshes;
    if (next === undefined) return;
    refreshing = true;
    // It stays on the list until it is done: a new run must find it there.
    const { deletions } = await refresh({ directoryId, ...next });
    refreshes.shift();
    refreshing = false;
    arm ||= deletions;
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
      if (arm && owed.purges) await armRetention({ directoryId });
      arm = false;
      // A deleted directory may answer with nothing, from which nothing may be concluded.
      const halted = owed.syncStatus === 'paused' || owed.syncStatus === 'frozen';
      const idle = running === null && !halted;
      // What is owed was read before the backfill said that it ended.
      const lost = owed.backfilling !== null && owed.backfilling > ended && !refused;
      if (idle && lost && !wanted) await startBackfill(owed.backfilling);
      else if (idle && (wanted || (owed.backfill && !refused))) await startBackfill(null);
      if (owed.readInMs === 0 && !paying && !halted) void payReads();
      if (!refreshing && !halted) void refreshNext();
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
