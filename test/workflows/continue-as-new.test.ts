import { expect, test } from '@jest/globals';
import { wakeDirectory } from '../../src/temporal/wake.ts';
import { directorySyncId, SIGNAL, WORKFLOW } from '../../workflows/contract.ts';
import { devServer } from '../support/wf-dev-server.ts';
import { NO_DUTIES, reached, workerWith } from '../support/wf-history-worker.ts';

const SHORT_RUNS = { 'limit.historyCount.suggestContinueAsNew': '50' };
const taskQueue = 'directory-sync';
const directoryId = 'directory_1';
const counted = () => Promise.resolve({ count: 1 });

test('a run that continues as new in the middle of 300 wakes loses none', async () => {
  await using server = await devServer(SHORT_RUNS);
  const inbox = { pending: 0, settled: 0 };
  const worker = await workerWith({
    connection: server.nativeConnection,
    taskQueue,
    activities: {
      applyPending: () => {
        const settled = inbox.pending;
        inbox.pending = 0;
        inbox.settled += settled;
        return Promise.resolve({ settled, more: false, duties: NO_DUTIES });
      },
    },
  });
  await worker.runUntil(async () => {
    const wake = async (): Promise<void> => {
      // The event is durable first, then the wake is sent, as the server does it.
      inbox.pending += 1;
      await taken();
    };
    // A wake of a run that is closing may stall until its deadline; nobody has taken it then.
    const taken = (): Promise<void> =>
      wakeDirectory({ client: server.client, taskQueue, directoryId }).catch(taken);
    for (let round = 0; round < 30; round += 1)
      await Promise.all(Array.from({ length: 10 }, () => wake()));
    await reached(() => inbox.settled === 300);
    const runs = new Set<string>();
    await reachedRuns(server, runs);
    expect(runs.size).toBeGreaterThan(2);
    await server.client.workflow.getHandle(directorySyncId(directoryId)).terminate();
  });
  expect(inbox).toEqual({ pending: 0, settled: 300 });
}, 120_000);

test('a backfill outlives its directory’s continue-as-new and reports to the next run', async () => {
  await using server = await devServer(SHORT_RUNS);
  const directory = { owes: true, backfilling: null as number | null, begun: 0 };
  const listing = Promise.withResolvers<{ count: number }>();
  const seen: (number | null)[] = [];
  const worker = await workerWith({
    connection: server.nativeConnection,
    taskQueue,
    activities: {
      applyPending: () => {
        const { owes: backfill, backfilling } = directory;
        seen.push(backfilling);
        const duties = { ...NO_DUTIES, backfill, backfilling };
        return Promise.resolve({ settled: 0, more: false, duties });
      },
      beginBackfill: () => {
        directory.owes = false;
        directory.begun += 1;
        directory.backfilling = directory.begun;
        return Promise.resolve(directory.begun);
      },
      openBackfill: () =>
        Promise.resolve({
          fence: '000000000000001/' as never,
          counts: { users: null, groups: null },
          organizationId: null,
        }),
      reportBackfill: () => Promise.resolve(),
      listUsers: () => listing.promise,
      listGroups: counted,
      listMemberships: counted,
      checkListings: () => Promise.resolve({ users: null, groups: null }),
      concludeAbsences: () => Promise.resolve({ absent: 0, doubt: null }),
      endBackfill: () => {
        directory.backfilling = null;
        return Promise.resolve();
      },
    },
  });
  await worker.runUntil(async () => {
    const first = await server.client.workflow.start(WORKFLOW.directorySync, {
      taskQueue,
      workflowId: directorySyncId(directoryId),
      args: [{ directoryId }],
    });
    const handle = server.client.workflow.getHandle(directorySyncId(directoryId));
    await reached(() => directory.backfilling === 1);
    const runId = async () => (await handle.describe()).runId;
    while ((await runId()) === first.firstExecutionRunId) await handle.signal(SIGNAL.wake);

    const child = server.client.workflow.getHandle(`backfill/${directoryId}/1`);
    expect((await child.describe()).status.name).toBe('RUNNING');
    const before = seen.length;
    listing.resolve({ count: 1 });
    await child.result();
    await reached(() => seen.slice(before).includes(null));
    await handle.terminate();
  });
  expect(directory).toEqual({ owes: false, backfilling: null, begun: 1 });
}, 60_000);

const reachedRuns = async (
  { client }: Awaited<ReturnType<typeof devServer>>,
  runs: Set<string>,
): Promise<void> => {
  const query = `WorkflowId = '${directorySyncId(directoryId)}'`;
  while (runs.size <= 2)
    for await (const { runId } of client.workflow.list({ query })) runs.add(runId);
};
