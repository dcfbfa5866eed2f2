import { expect, test } from '@jest/globals';
import { SIGNAL, WORKFLOW } from '../../workflows/contract.ts';
import { reached, workerWith } from '../support/wf-history-worker.ts';
import { timeSkipping, uniqueTaskQueue } from '../support/servers.ts';

const DAY_MS = 86_400_000;

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
    if (day === undefined) return { purged: 0, nextInMs: null };
    if (day > time) return { purged: 0, nextInMs: day - time };
    due.delete(directoryId);
    purged.push({ directoryId, day: Math.round((time - start) / DAY_MS) });
    return { purged: 1, nextInMs: null };
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
