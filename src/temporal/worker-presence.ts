import proto from '@temporalio/proto';
import type { Client } from '@temporalio/client';

export type WorkerPresence = 'polling' | 'no-worker' | 'temporal-down';

const DEADLINE_MS = 2000;
// A poll lasts a minute; a poller that has not come back in two has gone.
const RECENT_MS = 120_000;

/** Whether Temporal answers and a worker polls the task queue for workflows. Never throws. */
export const workerPresence = async (options: {
  readonly client: Client;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly now: number;
}): Promise<WorkerPresence> => {
  const { client, namespace, taskQueue, now } = options;
  try {
    const { pollers } = await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
      }),
    );
    const isRecent = (pollers ?? []).some(
      ({ lastAccessTime }) => now - Number(lastAccessTime?.seconds ?? 0) * 1000 < RECENT_MS,
    );
    return isRecent ? 'polling' : 'no-worker';
  } catch {
    return 'temporal-down';
  }
};
