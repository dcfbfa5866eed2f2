import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { backfillId, directorySyncId, WORKFLOW } from '../workflows/contract.ts';
import {
  NO_DUTIES,
  reached,
  workerWith,
  type FakeActivities,
} from './support/wf-history-worker.ts';
import { temporalConnection, uniqueTaskQueue } from './support/servers.ts';

const LISTINGS = 45;

test('forty-five listings and the poller leave the slots of live batches alone', async () => {
  await using temporal = await temporalConnection();
  const { client, nativeConnection: connection } = temporal;
  const taskQueue = uniqueTaskQueue('slots');
  const running = { listings: 0, polls: 0, applied: 0 };
  const hold = Promise.withResolvers<{ count: number }>();
  const letGo = () => hold.reject(ApplicationFailure.nonRetryable('The test is over.'));
  const activities: FakeActivities = {
    openBackfill: () =>
      Promise.resolve({
        fence: '000000000000001/' as never,
        counts: { users: null, groups: null },
        organizationId: null,
      }),
    reportBackfill: () => Promise.resolve(),
    listUsers: () => {
      running.listings += 1;
      return hold.promise;
    },
    endBackfill: () => Promise.resolve(),
    pollEvents: async () => {
      running.polls += 1;
      await hold.promise;
      return { pages: 0, accepted: 0 };
    },
    applyPending: () => {
      running.applied += 1;
      return Promise.resolve({ settled: 0, more: false, deletions: false, duties: NO_DUTIES });
    },
  };
  const workers = await workerWith({ connection, taskQueue, activities });
  const untilAllHeld = async (): Promise<void> => {
    const poller = await client.workflow.start(WORKFLOW.eventsPoller, {
      taskQueue,
      workflowId: `${taskQueue}/poller`,
    });
    const backfills = await Promise.all(
      Array.from({ length: LISTINGS }, (_, index) =>
        client.workflow.start(WORKFLOW.backfill, {
          taskQueue,
          workflowId: backfillId(`${taskQueue}-${index}`, 1),
          args: [{ directoryId: `${taskQueue}-${index}`, generation: 1 }],
        }),
      ),
    );
    await reached(() => running.listings === LISTINGS && running.polls === 1);
    const directory = await client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(taskQueue),
      args: [{ directoryId: taskQueue }],
    });
    await reached(() => running.applied > 0);
    await Promise.all([poller, directory].map((handle) => handle.terminate()));
    letGo();
    await Promise.all(backfills.map((handle) => handle.result()));
  };
  await workers.runUntil(() => untilAllHeld().finally(letGo));
  expect(running).toEqual({ listings: LISTINGS, polls: 1, applied: 1 });
}, 90_000);
