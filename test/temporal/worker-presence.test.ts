import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { workerPresence } from '../../src/temporal/worker-presence.ts';
import { createWorkers } from '../../src/worker-slots.ts';
import { backgroundTaskQueue } from '../../workflows/contract.ts';
import { temporalConnection, uniqueTaskQueue, workflowBundle } from '../support/servers.ts';

test('a worker is present only when both of its queues are polled', async () => {
  await using temporal = await temporalConnection();
  const { client, nativeConnection: connection } = temporal;
  const taskQueue = uniqueTaskQueue('presence');
  const presence = () =>
    workerPresence({ client, namespace: 'default', taskQueue, now: Date.now() });
  const { live, background } = await createWorkers({
    connection,
    namespace: 'default',
    taskQueue,
    workflows: { workflowBundle: workflowBundle() },
    activities: { reportBackfill: () => Promise.resolve() },
  });
  const seen = { none: await presence(), live: '', both: '' };
  await live.runUntil(async () => {
    await until(async () => (await pollersOf(client, taskQueue)) > 0);
    seen.live = await presence();
    await background.runUntil(async () => {
      await until(async () => (await pollersOf(client, backgroundTaskQueue(taskQueue))) > 0);
      seen.both = await presence();
    });
  });
  expect(seen).toEqual({ none: 'no-worker', live: 'no-worker', both: 'polling' });
}, 60_000);

test('a Temporal that is slow to answer, and one that refuses, say nothing of workers', async () => {
  // It takes connections and never says a word.
  const mute = createServer((socket) => socket.unref()).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const asked = { namespace: 'default', taskQueue: 'none', now: Date.now() };
  try {
    const client = new Client({ connection: Connection.lazy({ address: `127.0.0.1:${port}` }) });
    expect(await workerPresence({ ...asked, client, deadlineMs: 200 })).toBe('temporal-down');
  } finally {
    mute.close();
    // Retries of the client outlive their deadline and throw on a closed channel: left open.
  }
  await using temporal = await temporalConnection();
  const { client } = temporal;
  expect(await workerPresence({ ...asked, client, namespace: 'nowhere' })).toBe('temporal-refused');
}, 30_000);

const { TASK_QUEUE_TYPE_WORKFLOW: WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY: ACTIVITY } =
  proto.temporal.api.enums.v1.TaskQueueType;

const pollersOf = async (
  client: Awaited<ReturnType<typeof temporalConnection>>['client'],
  name: string,
): Promise<number> => {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name },
    taskQueueType: name.endsWith('-background') ? ACTIVITY : WORKFLOW,
  });
  return pollers?.length ?? 0;
};

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 40_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('Not in 40 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
