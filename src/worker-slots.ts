import {
  Worker,
  type ActivityInterceptorsFactory,
  type NativeConnection,
  type WorkerOptions,
} from '@temporalio/worker';
import { replaceFailures } from '../activities/replace-failures.ts';
import { backgroundTaskQueue } from '../workflows/contract.ts';

/** Live batches, mails and starts at once; each lasts a moment. The poller, which never ends, has one more. */
const LIVE_SLOTS = 40;
const POLLER_SLOTS = 1;
/** Listings mostly wait for WorkOS, and share its limits and the database's turns: many cost little. */
const BACKGROUND_SLOTS = 100;

/** A live batch is done within it; then the poller and the listings are asked to stop. */
const GRACE = '2 seconds';
const FORCE = '30 seconds';

/**
 * The two workers of one process: `live` runs the workflows and their short activities, `background`
 * the long activities, which may all be busy for hours without keeping a leaver waiting. Both must run.
 */
export const createWorkers = async (options: {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly workflows: Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'>;
  readonly activities: object;
  /** Come after the one that keeps secrets. */
  readonly interceptors?: readonly ActivityInterceptorsFactory[];
}): Promise<{ readonly live: Worker; readonly background: Worker }> => {
  const { connection, namespace, taskQueue, workflows, activities, interceptors = [] } = options;
  const common = {
    connection,
    namespace,
    // Both know all: an activity scheduled before it got a queue of its own waits in the other.
    activities,
    interceptors: { activity: [() => ({ inbound: replaceFailures }), ...interceptors] },
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
  } satisfies Partial<WorkerOptions>;
  return {
    live: await Worker.create({
      ...common,
      ...workflows,
      taskQueue,
      maxConcurrentActivityTaskExecutions: LIVE_SLOTS + POLLER_SLOTS,
    }),
    background: await Worker.create({
      ...common,
      taskQueue: backgroundTaskQueue(taskQueue),
      maxConcurrentActivityTaskExecutions: BACKGROUND_SLOTS,
    }),
  };
};
