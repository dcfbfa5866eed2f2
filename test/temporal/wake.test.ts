import { Client, Connection } from '@temporalio/client';
import { expect, test } from '@jest/globals';
import { connectTemporal, type Temporal } from '../../src/temporal/connect.ts';
import { createWaker, wakeDirectory } from '../../src/temporal/wake.ts';
import { workerPresence } from '../../src/temporal/worker-presence.ts';
import { directorySyncId } from '../../workflows/contract.ts';
import { isPlainId } from '../../src/workos/wire.ts';
import { temporalAddress, uniqueTaskQueue } from '../support/servers.ts';

const connected = (): Temporal => {
  const temporal = connectTemporal({ TEMPORAL_ADDRESS: temporalAddress() });
  if ('problems' in temporal) throw new Error(temporal.problems[0]);
  return temporal;
};

test('a wake starts the workflow of its directory, and another one joins it', async () => {
  const temporal = connected();
  const taskQueue = uniqueTaskQueue('wake');
  const directoryId = taskQueue;
  const { client, namespace } = temporal;
  try {
    await wakeDirectory({ client, taskQueue, directoryId });
    await wakeDirectory({ client, taskQueue, directoryId });
    const handle = client.workflow.getHandle(directorySyncId(directoryId));
    const { type, typedSearchAttributes } = await handle.describe();
    expect(type).toBe('directorySync');
    expect(typedSearchAttributes.getAll()).toMatchObject([{ value: directoryId }]);
    const { events } = await handle.fetchHistory();
    expect(events?.filter((one) => one.workflowExecutionSignaledEventAttributes)).toHaveLength(2);
    const now = Date.now();
    expect(await workerPresence({ client, namespace, taskQueue, now })).toBe('no-worker');
    await handle.terminate();
  } finally {
    await temporal.close();
  }
});

test('the longest and oddest directory id that intake accepts names a workflow', async () => {
  const temporal = connected();
  const taskQueue = uniqueTaskQueue('wake-odd');
  const directoryId = `${taskQueue} "'/\\%#?&=:;,.`.replace(' ', '!').padEnd(255, '~');
  expect(isPlainId(directoryId)).toBe(true);
  const { client } = temporal;
  try {
    await wakeDirectory({ client, taskQueue, directoryId });
    const handle = client.workflow.getHandle(directorySyncId(directoryId));
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.getAll()).toMatchObject([{ value: directoryId }]);
    await handle.terminate();
  } finally {
    await temporal.close();
  }
});

test('with Temporal away a wake is logged by id only, and nothing is thrown', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:9', connectTimeout: 200 });
  const client = new Client({ connection });
  const logged: string[] = [];
  const waker = createWaker({
    client,
    taskQueue: 'none',
    log: { warn: ({ directoryId }) => void logged.push(directoryId) },
  });
  waker.wake('directory_1');
  await waker.close();
  expect(logged).toEqual(['directory_1']);
  const presence = { client, namespace: 'default', taskQueue: 'none', now: Date.now() };
  expect(await workerPresence(presence)).toBe('temporal-down');
  // Retries of the client outlive their deadline and throw on a closed channel: left open.
});
