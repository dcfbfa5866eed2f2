import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { backfillId, directorySyncId, SIGNAL, UPDATE, WORKFLOW } from '../../workflows/contract.ts';
import { timeSkipping, uniqueTaskQueue } from '../support/servers.ts';
import { NO_DUTIES, reached, workerWith } from '../support/wf-history-worker.ts';

const nothing = () => Promise.resolve();
const counted = () => Promise.resolve({ count: 0 });
const FENCE = '000000000000001/' as never;

test.each([
  ['a backfill', false],
  ['a backfill whose directory was resumed while it ran', true],
])(
  '%s that somebody cancelled is taken up again a quarter of an hour later',
  async (_what, resumed) => {
    await using server = await timeSkipping();
    const { env, client } = server;
    const taskQueue = uniqueTaskQueue(`cancelled-${resumed}`);
    const directoryId = taskQueue;
    const opened: number[] = [];
    const hold = Promise.withResolvers<undefined>();
    const backfilling = { generation: null as number | null };
    const worker = await workerWith({
      connection: env.nativeConnection,
      taskQueue,
      activities: {
        applyPending: () =>
          Promise.resolve({
            settled: 0,
            more: false,

            duties: {
              ...NO_DUTIES,
              backfill: backfilling.generation === null,
              backfilling: backfilling.generation,
            },
          }),
        beginBackfill: () => Promise.resolve((backfilling.generation = 1)),
        openBackfill: async ({ generation }) => {
          opened.push(generation);
          await hold.promise;
          throw ApplicationFailure.nonRetryable('WorkOS refused.', 'workos-unauthorized');
        },
        endBackfill: nothing,
        resumeDirectory: () => Promise.resolve('backfilling' as const),
      },
    });
    await worker.runUntil(async () => {
      const handle = await client.workflow.start(WORKFLOW.directorySync, {
        taskQueue,
        workflowId: directorySyncId(directoryId),
        args: [{ directoryId }],
      });
      await reached(() => opened.length === 1);
      if (resumed) await handle.executeUpdate(UPDATE.resume);
      const backfill = client.workflow.getHandle(backfillId(directoryId, 1));
      await backfill.cancel();
      hold.resolve(undefined);
      await backfill.result().catch(() => undefined);
      expect(opened).toEqual([1]);
      await env.sleep('16 minutes');
      await reached(() => opened.length === 2);
      await handle.terminate();
    });
    expect(opened).toEqual([1, 1]);
  },
  60_000,
);

test('a backfill that ends while its directory is drained is not started again', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('ended');
  const directoryId = taskQueue;
  const calls = { apply: 0, opened: 0, frozenReads: 0 };
  const slow = Promise.withResolvers<undefined>();
  const open = Promise.withResolvers<undefined>();
  const duties = [
    { ...NO_DUTIES, backfill: true },
    // Read before the backfill ended, and answered after.
    { ...NO_DUTIES, backfilling: 1 },
    { ...NO_DUTIES, syncStatus: 'frozen' as const, readInMs: 0 },
  ];
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: {
      applyPending: async () => {
        const call = calls.apply;
        calls.apply += 1;
        if (call === 1) await slow.promise;
        const last = { ...NO_DUTIES, syncStatus: 'frozen' as const, readInMs: 0 };
        return { settled: 0, more: false, duties: duties[call] ?? last };
      },
      payOwedReads: () => {
        calls.frozenReads += 1;
        return Promise.resolve({ reads: 0 });
      },
      beginBackfill: () => Promise.resolve(1),
      openBackfill: async () => {
        calls.opened += 1;
        await open.promise;
        return { fence: FENCE, counts: { users: null, groups: null }, organizationId: null };
      },
      reportBackfill: nothing,
      listUsers: counted,
      listGroups: counted,
      listMemberships: counted,
      checkListings: () => Promise.resolve({ users: null, groups: null }),
      concludeAbsences: () => Promise.resolve({ absent: 0, doubt: null }),
      endBackfill: nothing,
    },
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(directoryId),
      args: [{ directoryId }],
    });
    await reached(() => calls.opened === 1);
    await handle.signal(SIGNAL.wake);
    await reached(() => calls.apply === 2);
    open.resolve(undefined);
    await client.workflow.getHandle(backfillId(directoryId, 1)).result();
    slow.resolve(undefined);
    await reached(() => calls.apply >= 3);
    await handle.signal(SIGNAL.wake);
    await reached(() => calls.apply >= 4);
    await handle.terminate();
  });
  expect(calls.opened).toBe(1);
  // A frozen directory may answer with nothing, so nothing is read that it owes.
  expect(calls.frozenReads).toBe(0);
}, 60_000);
