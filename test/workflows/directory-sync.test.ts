import { expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { directorySyncId, SIGNAL, UPDATE, WORKFLOW } from '../../workflows/contract.ts';
import {
  NO_DUTIES,
  reached,
  workerWith,
  type FakeActivities,
} from '../support/wf-history-worker.ts';
import { timeSkipping, uniqueTaskQueue } from '../support/servers.ts';

const nothing = () => Promise.resolve();
/** What the Web UI shows beside each timer. */
const timerSummaries = ({ events }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>) =>
  (events ?? []).flatMap(({ timerStartedEventAttributes, userMetadata }) =>
    timerStartedEventAttributes == null
      ? []
      : [JSON.parse(Buffer.from(userMetadata?.summary?.data ?? '""').toString()) as string],
  );

const counted = () => Promise.resolve({ count: 0 });

test('a wake drains until nothing is left, and owed reads are paid beside live events', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('directory');
  const directoryId = taskQueue;
  const inbox = { left: 3 };
  const calls: string[] = [];
  const read = Promise.withResolvers<undefined>();
  const owed = { reads: true };
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: {
      applyPending: () => {
        calls.push('apply');
        inbox.left = Math.max(0, inbox.left - 1);
        const duties = { ...NO_DUTIES, readInMs: owed.reads ? 0 : null };
        return Promise.resolve({ settled: 1, more: inbox.left > 0, duties });
      },
      payOwedReads: async () => {
        calls.push('read');
        await read.promise;
        owed.reads = false;
        calls.push('read ends');
        return { reads: 1 };
      },
    },
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(directoryId),
      args: [{ directoryId }],
    });
    await reached(() => calls.includes('read'));
    expect(calls).toEqual(['apply', 'apply', 'apply', 'read']);

    // A live event while the read is under way is applied at once.
    inbox.left = 1;
    await handle.signal(SIGNAL.wake);
    await reached(() => calls.length === 5);
    read.resolve(undefined);
    await reached(() => calls.slice(6).includes('apply'));
    expect(calls.slice(4, 6)).toEqual(['apply', 'read ends']);
    await handle.terminate();
  });
}, 60_000);

test('a backfill that WorkOS refuses is tried again a quarter of an hour later', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('refused');
  const directoryId = taskQueue;
  const directory = { owes: true, generation: 0 };
  const opened: { generation: number; minute: number }[] = [];
  const ended: string[] = [];
  const start = await env.currentTimeMs();
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: {
      applyPending: () =>
        Promise.resolve({
          settled: 0,
          more: false,

          duties: { ...NO_DUTIES, backfill: directory.owes },
        }),
      beginBackfill: () => {
        directory.owes = false;
        return Promise.resolve((directory.generation += 1));
      },
      openBackfill: async ({ generation }) => {
        const minute = Math.round(((await env.currentTimeMs()) - start) / 60_000);
        opened.push({ generation, minute });
        if (generation === 1)
          throw ApplicationFailure.nonRetryable('WorkOS refused.', 'workos-unauthorized');
        return {
          fence: '000000000000001/' as never,
          counts: { users: null, groups: null },
          organizationId: null,
        };
      },
      reportBackfill: nothing,
      listUsers: counted,
      listGroups: counted,
      listMemberships: counted,
      checkListings: () => Promise.resolve({ users: null, groups: null }),
      concludeAbsences: () => Promise.resolve({ absent: 0, doubt: null }),
      endBackfill: ({ outcome, reason }) => {
        directory.owes = outcome === 'failed';
        ended.push(`${outcome} ${reason ?? ''}`.trim());
        return Promise.resolve();
      },
    },
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(directoryId),
      args: [{ directoryId }],
    });
    await reached(() => ended.length === 1);
    await env.sleep('10 minutes');
    expect(ended).toEqual(['failed workos-unauthorized']);
    expect(timerSummaries(await handle.fetchHistory())).toEqual([
      'the last backfill failed; then it is tried again',
    ]);
    await env.sleep('6 minutes');
    await reached(() => ended.length === 2);
    await handle.terminate();
  });
  expect(ended).toEqual(['failed workos-unauthorized', 'done']);
  expect(opened).toEqual([
    { generation: 1, minute: 0 },
    { generation: 2, minute: 15 },
  ]);
}, 60_000);

/** A directory whose backfills WorkOS refuses, each once `opening` is over. */
const refusingDirectory = (opening: Promise<unknown> = Promise.resolve()) => {
  const directory = { owes: true, generation: 0, activated: false };
  const ended: string[] = [];
  const activities = {
    applyPending: () => {
      const { activated, owes } = directory;
      directory.activated = false;
      const duties = { ...NO_DUTIES, backfill: owes };
      return Promise.resolve({ settled: 0, more: false, activated, duties });
    },
    resumeDirectory: () => Promise.resolve('active' as const),
    beginBackfill: () => {
      directory.owes = false;
      return Promise.resolve((directory.generation += 1));
    },
    openBackfill: async () => {
      await opening;
      throw ApplicationFailure.nonRetryable('Invalid.', 'invalid-credentials');
    },
    endBackfill: ({ reason }: { readonly reason: string | null }) => {
      directory.owes = true;
      ended.push(reason ?? '');
      return Promise.resolve();
    },
  } satisfies FakeActivities;
  return { directory, ended, activities };
};

test.each(['activation', 'resume'] as const)(
  'an %s has a refused backfill tried again at once',
  async (renewal) => {
    await using server = await timeSkipping();
    const { env, client } = server;
    const taskQueue = uniqueTaskQueue(`renewed-${renewal}`);
    const { directory, ended, activities } = refusingDirectory();
    const worker = await workerWith({ connection: env.nativeConnection, taskQueue, activities });
    await worker.runUntil(async () => {
      const handle = await client.workflow.start(WORKFLOW.directorySync, {
        taskQueue,
        workflowId: directorySyncId(taskQueue),
        args: [{ directoryId: taskQueue }],
      });
      await reached(() => ended.length === 1);
      directory.activated = renewal === 'activation';
      if (renewal === 'activation') await handle.signal(SIGNAL.wake);
      else await handle.executeUpdate(UPDATE.resume);
      await reached(() => ended.length === 2);
      await handle.terminate();
    });
    expect(directory.generation).toBe(2);
  },
  60_000,
);

test('an activation while a backfill is being refused has it tried again at once', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('renewed-early');
  const opening = Promise.withResolvers<undefined>();
  const { directory, ended, activities } = refusingDirectory(opening.promise);
  const applyPending = async () => {
    const applied = await activities.applyPending();
    if (applied.activated) opening.resolve(undefined);
    return applied;
  };
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: { ...activities, applyPending },
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(taskQueue),
      args: [{ directoryId: taskQueue }],
    });
    await reached(() => directory.generation === 1);
    directory.activated = true;
    await handle.signal(SIGNAL.wake);
    await reached(() => ended.length === 2);
    await handle.terminate();
  });
  expect(directory.generation).toBe(2);
}, 60_000);

test('the people of a deleted directory are ended call by call, and then the timer is armed', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('deprovisioned');
  const directory = { chunks: 2 };
  const calls: string[] = [];
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: {
      applyPending: () => {
        calls.push('apply');
        const deprovision = directory.chunks > 0;
        const nextPurge = deprovision ? null : 1;
        const duties = { ...NO_DUTIES, syncStatus: 'frozen' as const, deprovision, nextPurge };
        return Promise.resolve({ settled: 0, more: false, duties });
      },
      deprovisionDeleted: () => {
        calls.push('deprovision');
        directory.chunks -= 1;
        return Promise.resolve({ left: directory.chunks > 0 });
      },
      armRetention: () => {
        calls.push('arm');
        return Promise.resolve();
      },
    },
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(taskQueue),
      args: [{ directoryId: taskQueue }],
    });
    await reached(() => calls.includes('arm'));
    await handle.terminate();
  });
  expect(calls).toEqual(['apply', 'deprovision', 'apply', 'deprovision', 'apply', 'arm']);
}, 60_000);
