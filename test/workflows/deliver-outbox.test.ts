import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import type { DeliverDueResult } from '../../activities/deliver-due.ts';
import { SIGNAL, WORKFLOW } from '../../workflows/contract.ts';
import { temporalConnection, uniqueTaskQueue } from '../support/servers.ts';

const NOTHING_DUE: DeliverDueResult = { delivered: 0, failed: 0, retried: 0, nextDueInMs: null };

test('the outbox is delivered at the start, until nothing is due, when due again, and on a wake', async () => {
  await using temporal = await temporalConnection();
  const taskQueue = uniqueTaskQueue('deliver-outbox');
  const results: DeliverDueResult[] = [
    { delivered: 50, failed: 0, retried: 0, nextDueInMs: 0 },
    { delivered: 1, failed: 1, retried: 1, nextDueInMs: 100 },
  ];
  const limits: number[] = [];
  const calls = [1, 2, 3, 4].map(() => Promise.withResolvers<undefined>());
  const deliverDue = ({ limit }: { limit: number }): Promise<DeliverDueResult> => {
    calls[limits.push(limit) - 1]?.resolve(undefined);
    return Promise.resolve(results.shift() ?? NOTHING_DUE);
  };
  const worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('../../workflows/deliver-outbox.ts', import.meta.url)),
    activities: { deliverDue },
  });

  await worker.runUntil(async () => {
    const options = { taskQueue, workflowId: taskQueue };
    const outbox = await temporal.client.workflow.start(WORKFLOW.deliverOutbox, options);
    await calls[2]?.promise;
    // Nothing is due now, so only the wake can bring the fourth call this soon.
    const woken = Date.now();
    await outbox.signal(SIGNAL.wake);
    await calls[3]?.promise;
    expect(Date.now() - woken).toBeLessThan(15_000);
  });
  await temporal.client.workflow.getHandle(taskQueue).terminate();

  expect(limits).toEqual([50, 50, 50, 50]);
});
