import {
  ParentClosePolicy,
  patched,
  proxyActivities,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../activities/index.ts';
import * as options from './activity-options.ts';
import { backfill } from './backfill.ts';
import { backfillId, type BackfillEnd, type DirectorySyncInput } from './contract.ts';
import { PATCH } from './patches.ts';
import { DIRECTORY_ID } from './search-attributes.ts';

const { beginBackfill } = proxyActivities<Activities>(options.live);

/** The backfills of one directory: which one runs, which is wanted, and whether the last one failed. */
export const createBackfillRuns = (input: DirectorySyncInput, look: () => void) => {
  const { directoryId } = input;
  const requests = [...(input.resyncRequests ?? [])];
  let wanted = input.resyncWanted ?? false;
  let running: number | null = null;
  let ended = 0;
  let refused = false;
  let retrying = false;
  /** What may keep this one from its end is over, though it does not know yet. */
  let forgiven: number | null = null;

  /** A backfill that somebody cancelled or terminated cannot say that it ended. */
  const noteLost = (generation: number): void => {
    if (running !== generation) return;
    running = null;
    refused = true;
    look();
  };

  const lookAgain = async (generation: number): Promise<void> => {
    await sleep(options.REFUSED_BACKFILL_WAIT, { summary: 'whether the backfill still runs' });
    if (running !== generation) return;
    running = null;
    look();
  };

  return {
    state: () => ({ running, wanted, ended, refused }),

    /** An operator asks for one; `requestId` names the report in which they will look. */
    request: (requestId: string | undefined): void => {
      if (requestId !== undefined) requests.push(requestId);
      wanted = true;
      refused = false;
    },

    /** A backfill says that it ended; one that was overtaken changes nothing. */
    noteEnd: (end: BackfillEnd): void => {
      ended = Math.max(ended, end.generation);
      if (running !== null && end.generation < running) return;
      running = null;
      refused = end.outcome === 'failed';
      if (refused && forgiven === end.generation && patched(PATCH.forgiveRunning)) refused = false;
      forgiven = null;
    },

    /** Whatever kept the next one back is over; one that runs may fail of it yet, and is not held against it. */
    forgive: (): void => {
      refused = false;
      forgiven = running;
    },

    /** Starts the backfill of a generation that nobody runs, or begins the next generation. */
    start: async (resumed: number | null): Promise<void> => {
      wanted = false;
      const generation =
        resumed ?? (await beginBackfill({ directoryId, requestIds: requests.splice(0) }));
      running = generation;
      try {
        const child = await startChild(backfill, {
          workflowId: backfillId(directoryId, generation),
          // The default would end it with this run, also at continue-as-new.
          parentClosePolicy: ParentClosePolicy.ABANDON,
          args: [{ directoryId, generation }],
          typedSearchAttributes: [{ key: DIRECTORY_ID, value: directoryId }],
          staticSummary: `backfill ${generation}`,
        });
        void child.result().catch(() => noteLost(generation));
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        // It outlived an earlier run of this workflow, and only a new start tells that it is gone.
        void lookAgain(generation);
      }
    },

    /** After a failure, lets the next one begin when the wait is over. A second call joins the first. */
    retryLater: async (): Promise<void> => {
      if (!refused || retrying) return;
      retrying = true;
      await sleep(options.REFUSED_BACKFILL_WAIT, {
        summary: 'the last backfill failed; then it is tried again',
      });
      retrying = false;
      refused = false;
      look();
    },

    /** What the next run of the workflow must know. */
    carried: () => ({ resyncRequests: requests, resyncWanted: wanted }),
  };
};
