import { expect, test } from '@jest/globals';
import { SIGNAL, WORKFLOW } from '../../workflows/contract.ts';
import { reached, workerWith } from '../support/wf-history-worker.ts';
import { timeSkipping, uniqueTaskQueue } from '../support/servers.ts';

const DAY_MS = 86_400_000;
const NOBODY = { count: 0, ids: [] };
const NOTHING_DONE = { purged: 0, ids: [], postponed: NOBODY, held: NOBODY, more: false };

test('ninety days, a changed day and a return on day 89 are obeyed by one durable timer', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('retention');
  const now = () => env.currentTimeMs();
  const start = await now();
  // What the database would say: whose day is when.
  const due = new Map<string, number>();
  const purged: { directoryId: string; day: number }[] = [];
  const looks: string[] = [];
  const purgeDue = async ({ directoryId }: { readonly directoryId: string }) => {
    const time = await now();
    const day = due.get(directoryId);
    looks.push(directoryId);
    if (day === undefined) return { ...NOTHING_DONE, nextInMs: null };
    if (day > time) return { ...NOTHING_DONE, nextInMs: day - time };
    due.delete(directoryId);
    purged.push({ directoryId, day: Math.round((time - start) / DAY_MS) });
    return { ...NOTHING_DONE, purged: 1, ids: [directoryId], nextInMs: null };
  };
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: { purgeDue },
  });
  const begin = (directoryId: string) =>
    client.workflow.start(WORKFLOW.retention, {
      taskQueue,
      workflowId: `${taskQueue}/${directoryId}`,
      args: [{ directoryId }],
    });
  const looked = (directoryId: string) => looks.filter((id) => id === directoryId).length;

  await worker.runUntil(async () => {
    for (const id of ['leaver', 'sooner', 'returner']) due.set(id, start + 90 * DAY_MS);
    const [leaver, sooner, returner] = await Promise.all([
      begin('leaver'),
      begin('sooner'),
      begin('returner'),
    ]);
    await reached(() => ['leaver', 'sooner', 'returner'].every((id) => looked(id) === 1));

    due.set('sooner', start + 30 * DAY_MS);
    await sooner.signal(SIGNAL.wake);
    await reached(() => looked('sooner') === 2);
    await env.sleep('89 days');
    expect(purged).toEqual([{ directoryId: 'sooner', day: 30 }]);

    due.delete('returner');
    await returner.signal(SIGNAL.wake);
    await returner.result();
    await env.sleep('2 days');
    await Promise.all([leaver.result(), sooner.result()]);
  });

  expect(purged).toEqual([
    { directoryId: 'sooner', day: 30 },
    { directoryId: 'leaver', day: 90 },
  ]);
}, 60_000);

test('every purge stands in the Web UI by id, those asked for included, and who is on hold too', async () => {
  await using server = await timeSkipping();
  const { env, client } = server;
  const taskQueue = uniqueTaskQueue('purges');
  const due = ['ann', 'bob', 'cid'];
  const held = { count: 1, ids: ['dora'] };
  const asked: string[] = [];
  const worker = await workerWith({
    connection: env.nativeConnection,
    taskQueue,
    activities: {
      purgeDue: () => {
        const ids = due.splice(0, 2);
        const more = ids.length > 0;
        const nextInMs = 10 * DAY_MS;
        return Promise.resolve({ ...NOTHING_DONE, purged: ids.length, ids, held, more, nextInMs });
      },
      purgePerson: ({ requestId, user }) => {
        asked.push(requestId);
        return Promise.resolve(
          user === 'eve'
            ? { purged: [], refused: 'purge-legal-hold' }
            : { purged: [user], refused: null },
        );
      },
    },
  });
  const handle = await client.workflow.start(WORKFLOW.retention, {
    taskQueue,
    workflowId: taskQueue,
    args: [{ directoryId: taskQueue }],
  });
  await handle.signal(SIGNAL.purge, { requestId: 'r1', user: 'fay' });
  await handle.signal(SIGNAL.purge, { requestId: 'r2', user: 'eve' });
  await handle.signal(SIGNAL.purge, { user: 'ann' });
  await worker.runUntil(async () => {
    const details = async (): Promise<string> =>
      (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata'))
        .currentDetails;
    await reached(() => asked.length === 2 && due.length === 0);
    while (!(await details()).includes('cid'));

    expect(await details()).toBe(
      [
        '4 hard-deleted by this run. The next is due in 10.0 days.',
        'Due but on legal hold: `dora`.',
        'Last hard-deleted: `cid`, `bob`, `ann`, `fay`.',
      ].join('\n\n'),
    );
    const { events } = await handle.fetchHistory();
    const results = (events ?? []).flatMap(
      ({ activityTaskCompletedEventAttributes: ended }) =>
        ended?.result?.payloads?.map(({ data }) => Buffer.from(data ?? []).toString()) ?? [],
    );
    for (const id of ['ann', 'bob', 'cid', 'fay'])
      expect(results.some((result) => result.includes(`"${id}"`))).toBe(true);
    await handle.terminate();
  });
  expect(asked).toEqual(['r1', 'r2']);
}, 60_000);
