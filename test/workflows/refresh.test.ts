import { expect, test } from '@jest/globals';
import type { RefreshInput } from '../../activities/refresh.ts';
import { directorySyncId, SIGNAL, WORKFLOW } from '../../workflows/contract.ts';
import { refreshRequests } from '../../workflows/refresh-requests.ts';
import { NO_DUTIES, reached, workerWith } from '../support/wf-history-worker.ts';
import { devServer } from '../support/wf-dev-server.ts';
import { timeSkipping, uniqueTaskQueue } from '../support/servers.ts';

const told = ({ requestId, of, id }: RefreshInput): string => `${requestId} ${of} ${id}`;

test('D6: a resync signal that names a person or a group reads only those, one after another, once resumed', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('refresh');
  const directory = { status: 'paused' as 'paused' | 'active', applied: 0, begun: 0 };
  const read: string[] = [];
  const first = Promise.withResolvers<undefined>();
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: {
      applyPending: () => {
        directory.applied += 1;
        const duties = { ...NO_DUTIES, syncStatus: directory.status };
        return Promise.resolve({ settled: 0, more: false, duties });
      },
      beginBackfill: () => Promise.resolve((directory.begun += 1)),
      refresh: async (input) => {
        read.push(told(input));
        await first.promise;
        return;
      },
    },
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(taskQueue),
      args: [{ directoryId: taskQueue }],
    });
    await handle.signal(SIGNAL.resync, { requestId: 'r1', user: 'ann' });
    await handle.signal(SIGNAL.resync, { requestId: 'r2', group: 'staff' });
    await reached(() => directory.applied >= 2);
    expect(read).toEqual([]);

    directory.status = 'active';
    await handle.signal(SIGNAL.wake);
    await reached(() => read.length === 1);
    await handle.signal(SIGNAL.wake);
    const before = directory.applied;
    await reached(() => directory.applied > before);
    expect(read).toEqual(['r1 user ann']);

    first.resolve(undefined);
    await reached(() => read.length === 2);
    await handle.terminate();
  });
  expect(read).toEqual(['r1 user ann', 'r2 group staff']);
  expect(directory.begun).toBe(0);
}, 60_000);

test('refreshes that were not done are taken into the next run', async () => {
  await using server = await devServer({ 'limit.historyCount.suggestContinueAsNew': '50' });
  const taskQueue = 'refresh-continued';
  const state = { resumed: false, applied: 0 };
  const read: string[] = [];
  const worker = await workerWith({
    connection: server.nativeConnection,
    taskQueue,
    activities: {
      applyPending: () => {
        state.applied += 1;
        const syncStatus = state.resumed ? ('active' as const) : ('paused' as const);
        const duties = { ...NO_DUTIES, syncStatus };
        return Promise.resolve({ settled: 0, more: false, duties });
      },
      refresh: (input) => {
        read.push(told(input));
        return Promise.resolve();
      },
    },
  });
  await worker.runUntil(async () => {
    const first = await server.client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(taskQueue),
      args: [{ directoryId: taskQueue }],
    });
    const handle = server.client.workflow.getHandle(directorySyncId(taskQueue));
    await handle.signal(SIGNAL.resync, { requestId: 'r1', user: 'ann' });
    while ((await handle.describe()).runId === first.firstExecutionRunId) {
      const before = state.applied;
      await handle.signal(SIGNAL.wake);
      await reached(() => state.applied > before);
    }
    expect(read).toEqual([]);
    state.resumed = true;
    await handle.signal(SIGNAL.wake);
    await reached(() => read.length === 1);
    await handle.terminate();
  });
  expect(read).toEqual(['r1 user ann']);
}, 60_000);

const newId = () => 'new';

test('a signal that names nobody, or nothing readable, means the whole directory', () => {
  expect(refreshRequests(undefined, newId)).toEqual([]);
  expect(refreshRequests({ requestId: 'r1' }, newId)).toEqual([]);
  expect(refreshRequests({ user: 7, group: '' } as never, newId)).toEqual([]);
  expect(refreshRequests('ann' as never, newId)).toEqual([]);
  expect(refreshRequests({ user: 'ann', group: 'staff' }, newId)).toEqual([
    { requestId: 'new', of: 'user', id: 'ann' },
    { requestId: 'new', of: 'group', id: 'staff' },
  ]);
});
