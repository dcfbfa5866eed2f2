import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import type { DeliverDueResult } from '../../activities/deliver-due.ts';
import type { DeliverLaneResult } from '../../activities/deliver-lane.ts';
import { SIGNAL, WORKFLOW } from '../../workflows/contract.ts';
import { temporalConnection, uniqueTaskQueue } from '../support/servers.ts';

const LANE_NOTHING: DeliverLaneResult = {
  delivered: 0,
  failed: 0,
  retried: 0,
  nextDueInMs: null,
  restMs: 0,
  off: false,
};
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

test('a receiver that must be left alone is, whatever wakes its lane, and the rests are counted', async () => {
  await using temporal = await temporalConnection();
  const taskQueue = uniqueTaskQueue('deliver-lane');
  const results: DeliverLaneResult[] = [
    { ...LANE_NOTHING, restMs: 1 },
    { ...LANE_NOTHING, restMs: 2000 },
    { ...LANE_NOTHING, delivered: 1, restMs: 1 },
    { ...LANE_NOTHING, nextDueInMs: 0 },
  ];
  const inputs: object[] = [];
  const rested = Promise.withResolvers<undefined>();
  const deliverLane = (input: object): Promise<DeliverLaneResult> => {
    if (inputs.push(input) === 2) rested.resolve(undefined);
    return Promise.resolve(results.shift() ?? { ...LANE_NOTHING, off: true });
  };
  const worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('../../workflows/deliver-outbox.ts', import.meta.url)),
    activities: { deliverLane },
  });

  await worker.runUntil(async () => {
    const lane = await temporal.client.workflow.start(WORKFLOW.deliverOutbox, {
      taskQueue,
      workflowId: taskQueue,
      args: [{ delivered: 0, failed: 0, retried: 0 }, 'webhook'],
    });
    await rested.promise;
    const from = Date.now();
    await lane.signal(SIGNAL.wake);
    // It ends by itself where nobody is set up to receive.
    await lane.result();
    expect(Date.now() - from).toBeGreaterThan(1500);
  });

  expect(inputs).toEqual([0, 1, 2, 1, 0].map((rests) => ({ lane: 'webhook', rests })));
});
