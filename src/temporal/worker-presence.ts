import proto from '@temporalio/proto';
import { isGrpcDeadlineError, type Client } from '@temporalio/client';
import { backgroundTaskQueue } from '../../workflows/contract.ts';

/**
 * The last two say nothing of workers: Temporal did not answer in time, whether it is away or slow;
 * or it answered that it does not tell.
 */
export type WorkerPresence = 'polling' | 'no-worker' | 'temporal-down' | 'temporal-refused';

const DEADLINE_MS = 2000;
// A poll lasts a minute at most; a poller that has not come back a quarter later has gone. Long
// activities may fill all their slots for a while, and then nobody polls for more.
const RECENT_MS = { workflows: 75_000, activities: 120_000 };

const { TASK_QUEUE_TYPE_WORKFLOW: WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY: ACTIVITY } =
  proto.temporal.api.enums.v1.TaskQueueType;

/**
 * Whether Temporal answers, and workers poll for workflows and for background activities. Never
 * throws.
 */
export const workerPresence = async (options: {
  readonly client: Client;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly now: number;
  /** How long Temporal may take. */
  readonly deadlineMs?: number;
}): Promise<WorkerPresence> => {
  const { client, namespace, taskQueue, now, deadlineMs = DEADLINE_MS } = options;
  const isPolled = async (
    name: string,
    taskQueueType: typeof WORKFLOW | typeof ACTIVITY,
    recentMs: number,
  ) => {
    const { pollers } = await client.withDeadline(Date.now() + deadlineMs, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
    );
    return (pollers ?? []).some(
      ({ lastAccessTime }) => now - Number(lastAccessTime?.seconds ?? 0) * 1000 < recentMs,
    );
  };
  try {
    const polled = await Promise.all([
      isPolled(taskQueue, WORKFLOW, RECENT_MS.workflows),
      isPolled(backgroundTaskQueue(taskQueue), ACTIVITY, RECENT_MS.activities),
    ]);
    return polled.every(Boolean) ? 'polling' : 'no-worker';
  } catch (error) {
    return isGrpcDeadlineError(error) ? 'temporal-down' : 'temporal-refused';
  }
};
