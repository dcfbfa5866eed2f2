import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import * as options from './activity-options.ts';
import { createBackfillRuns } from './backfill-runs.ts';
import {
  QUERY,
  SIGNAL,
  UPDATE,
  type BackfillEnd,
  type DirectorySyncInput,
  type DirectorySyncStatus,
  type ResyncRequest,
} from './contract.ts';
import { directoryDetails, searchAttributes } from './directory-details.ts';
import { PATCH } from './patches.ts';
import { refreshRequests } from './refresh-requests.ts';
import { nextChores } from '../src/domain/next-chores.ts';

const {
  applyPending,
  armRetention,
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
  const refreshes = [...(input.refreshes ?? [])];
  let applied = input.applied ?? 0;
  let woken = true;
  let draining = false;
  let duties: Duties | null = null;
  let paying = false;
  let refreshing = false;
  let chunking = false;
  // A fresh run knows nothing of the timer.
  let armed: number | null = null;
  let armedAt = 0;
  let shown = '';
  const look = (): void => {
    woken = true;
  };
  const backfills = createBackfillRuns(input, look);

  setHandler(defineSignal(SIGNAL.wake), look);
  setHandler(defineSignal<[ResyncRequest?]>(SIGNAL.resync), (request) => {
    const named = refreshRequests(request, uuid4);
    refreshes.push(...named);
    if (named.length === 0) backfills.request(request?.requestId);
    look();
  });
  setHandler(defineSignal<[BackfillEnd]>(SIGNAL.backfillEnded), (end) => {
    backfills.noteEnd(end);
    look();
  });
  setHandler(defineUpdate<string>(UPDATE.pause), async () => {
    const status = await pauseDirectory({ directoryId });
    look();
    return status;
  });
  setHandler(defineUpdate<string>(UPDATE.resume), async () => {
    const status = await resumeDirectory({ directoryId });
    backfills.forgive();
    look();
    return status;
  });
  setHandler(defineQuery<DirectorySyncStatus>(QUERY.status), (): DirectorySyncStatus => ({
    directoryId,
    syncStatus: duties?.syncStatus ?? 'pending',
    applied,
    draining,
    backfill: backfills.state().running ?? duties?.backfilling ?? null,
    owesReads: duties !== null && duties.readInMs !== null,
  }));

  const drain = async (): Promise<void> => {
    draining = true;
    let more = true;
    while (more) {
      const result = await applyPending({ directoryId });
      applied += result.settled;
      more = result.more;
      if (result.activated === true) backfills.forgive();
      duties = result.duties ?? duties;
    }
    draining = false;
  };

  const payReads = async (): Promise<void> => {
    paying = true;
    try {
      await payOwedReads({ directoryId });
    } catch (error) {
      // WorkOS refuses: the debts stand. Thousands of them must not be tried one after another.
      if (!(error instanceof ActivityFailure)) throw error;
      await sleep(options.RETRY_CHORE_WAIT, { summary: 'WorkOS refused to list memberships' });
    }
    paying = false;
    look();
  };

  const refreshNext = async (): Promise<void> => {
    const [next] = refreshes;
    if (next === undefined) return;
    refreshing = true;
    // It stays on the list until it is done: a new run must find it there.
    await refresh({ directoryId, ...next });
    refreshes.shift();
    refreshing = false;
    look();
  };

  /** Beside the live events: one account that MongoDB refuses must not keep a leaver in. */
  const doChunk = async (chunk: keyof typeof CHUNK): Promise<void> => {
    chunking = true;
    try {
      await CHUNK[chunk]({ directoryId });
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      await sleep(options.RETRY_CHORE_WAIT, {
        summary: 'a chunk failed; then it is tried again',
      });
    }
    chunking = false;
    look();
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
        ...backfills.state(),
        paying,
        refreshing,
        chunking,
        armed,
        armedAt,
        now: Date.now(),
      });
      if (chores.arm && (owed.nextPurge !== armed || patched(PATCH.rearmRetention))) {
        armed = owed.nextPurge;
        armedAt = Date.now();
        await armRetention({ directoryId });
      }
      if (chores.backfill !== null)
        await backfills.start(chores.backfill === 'resume' ? owed.backfilling : null);
      if (chores.payReads) void payReads();
      if (chores.refresh) void refreshNext();
      if (chores.chunk !== null) void doChunk(chores.chunk);
      setCurrentDetails(
        directoryDetails({ duties: owed, applied, running: backfills.state().running }),
      );
    }
    void backfills.retryLater();
    const readInMs = owed?.readInMs ?? 0;
    if (readInMs > 0 && !paying) await condition(() => woken, readInMs);
    else await condition(() => woken);
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof directorySync>({
    directoryId,
    applied,
    ...backfills.carried(),
    refreshes,
  });
}
