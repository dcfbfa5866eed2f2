import { expect, test } from '@jest/globals';
import { listOutbox } from '../../src/commands/outbox-list.ts';
import { audit, entryOf, NOW, retryFailed } from './told.ts';
import { API_KEY, idsOf, linesOf, openDatadog } from './streaming.ts';

const people = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => entryOf(`person_${from + index}`));
const idOf = (person: number): string => `user.deprovisioned:event_1:person_${person}:`;

test('audit entries go to Datadog as gzipped lines, with the key and the tags', async () => {
  await using datadog = await openDatadog('datadog-lines');
  await audit(datadog.database, [
    entryOf('ada', { severity: 'warning', reason: 'Ada left', metadata: { users: 3 } }),
  ]);

  expect(await datadog.deliver()).toMatchObject({ delivered: 1, nextDueInMs: null });

  const [request] = datadog.receiver.requests;
  expect([request?.method, request?.path]).toEqual(['POST', '/api/v2/logs']);
  expect(request?.headers).toMatchObject({
    'dd-api-key': API_KEY,
    'content-encoding': 'gzip',
    'content-type': 'application/json',
  });
  expect(linesOf(request)).toEqual([
    {
      ddsource: 'directory-sync',
      service: 'directory-sync',
      ddtags: 'env:test',
      message: 'user.deprovisioned (withheld)',
      status: 'warn',
      timestamp: NOW.toISOString(),
      dsync: {
        kind: 'audit',
        at: NOW.toISOString(),
        id: 'user.deprovisioned:event_1:ada:',
        type: 'user.deprovisioned',
        directory_id: 'directory_1',
        organization_id: 'org_1',
        user_id: 'ada',
        event_id: 'event_1',
        reason: 'withheld',
        actor: 'directory_sync',
        metadata: { users: 3 },
      },
    },
  ]);
  expect(await datadog.database.outbox.findOne()).not.toHaveProperty('entries');
});

test('one transaction gives one row, and many rows go in requests of up to a thousand lines', async () => {
  await using datadog = await openDatadog('datadog-batches');
  await audit(datadog.database, people(600));
  await audit(datadog.database, people(600, 600));
  expect(await datadog.database.outbox.countDocuments()).toBe(2);

  expect(await datadog.deliver()).toMatchObject({ delivered: 2, nextDueInMs: null });

  const { requests } = datadog.receiver;
  expect(requests.map((request) => linesOf(request).length)).toEqual([1000, 200]);
  expect(new Set(idsOf(requests)).size).toBe(1200);
  expect(requests[0]?.size).toBeLessThan((requests[0]?.body.length ?? 0) / 5);
}, 60_000);

test.each([
  [429, '120', 120_000],
  [503, undefined, 20_000],
  [403, undefined, 20_000],
])(
  'an answer of %s loses nothing, and leaves Datadog alone for a while',
  async (status, after, restMs) => {
    await using datadog = await openDatadog(`datadog-${status}`);
    datadog.receiver.answerWith(() => ({
      status,
      headers: after === undefined ? {} : { 'retry-after': after },
    }));
    await audit(datadog.database, people(5));
    expect(await datadog.deliver(2)).toMatchObject({ delivered: 0, failed: 0, retried: 1, restMs });
    expect(await datadog.database.outbox.findOne()).toMatchObject({
      status: 'pending',
      error: `http-${status}`,
      nextAttemptAt: new Date(NOW.getTime() + restMs),
    });

    datadog.receiver.answerWith(() => ({ status: 202 }));
    datadog.pass(restMs);
    expect(await datadog.deliver()).toMatchObject({ delivered: 1, restMs: 0 });
    expect(new Set(idsOf(datadog.receiver.requests.slice(1))).size).toBe(5);
  },
);

test('a request that is too large is halved until it is taken', async () => {
  await using datadog = await openDatadog('datadog-413');
  datadog.receiver.answerWith((request) => ({ status: linesOf(request).length > 10 ? 413 : 202 }));
  await audit(datadog.database, people(40));
  expect(await datadog.deliver()).toMatchObject({ delivered: 1, failed: 0 });
  const taken = datadog.receiver.requests.filter((request) => linesOf(request).length <= 10);
  expect(idsOf(taken)).toEqual(people(40).map((_, index) => idOf(index)));
});

test('a line that is refused for what is in it is dead, seen in the outbox, and alone when retried', async () => {
  await using datadog = await openDatadog('datadog-dead');
  datadog.receiver.answerWith(({ body }) => ({ status: body.includes('person_7:') ? 400 : 202 }));
  await audit(datadog.database, people(20));
  await audit(datadog.database, people(5, 20));

  expect(await datadog.deliver()).toMatchObject({ delivered: 1, failed: 1, restMs: 0 });

  const dead = await listOutbox(
    { database: () => datadog.database },
    { kind: 'datadog', status: 'failed', limit: 5 },
  );
  expect(dead.data).toMatchObject([{ status: 'failed', error: 'http-400', entryCount: 20 }]);
  datadog.receiver.answerWith(() => ({ status: 202 }));
  expect(await retryFailed(datadog.database)).toBe(1);
  expect(await datadog.deliver()).toMatchObject({ delivered: 1 });
  expect(idsOf(datadog.receiver.requests.slice(-1))).toEqual([idOf(7)]);
});

test('a sink that refuses everything is left alone, and no line is given up', async () => {
  await using datadog = await openDatadog('datadog-refuses-all');
  datadog.receiver.answerWith(() => ({ status: 400 }));
  await audit(datadog.database, people(300));

  expect(await datadog.deliver()).toMatchObject({ failed: 0, retried: 1, restMs: 5000 });
  expect(datadog.receiver.requests.length).toBeLessThan(60);

  datadog.receiver.answerWith(() => ({ status: 202 }));
  datadog.pass(10_000);
  const asked = datadog.receiver.requests.length;
  expect(await datadog.deliver()).toMatchObject({ delivered: 1 });
  expect(idsOf(datadog.receiver.requests.slice(asked)).length).toBe(300);
});

test('when the time is over in the midst of halving, what was taken is not sent again', async () => {
  await using datadog = await openDatadog('datadog-time-over');
  datadog.receiver.answerWith(({ body }) => {
    if (body.includes('person_7:')) return { status: 400 };
    datadog.pass(60_000);
    return { status: 202 };
  });
  await audit(datadog.database, people(20));
  await datadog.deliver();
  const taken = idsOf(datadog.receiver.requests.slice(-1));

  await datadog.deliver();
  const all = datadog.receiver.requests.filter(({ body }) => !body.includes('person_7:'));
  expect(taken.length).toBeGreaterThan(0);
  expect(new Set(idsOf(all)).size).toBe(idsOf(all).length);
});

test('a line that is older than Datadog takes comes with the time of its arrival', async () => {
  await using datadog = await openDatadog('datadog-old');
  await audit(datadog.database, [entryOf('ada')]);
  datadog.pass(20 * 3_600_000);
  await datadog.deliver();
  const [line] = linesOf(datadog.receiver.requests[0]);
  expect(line).not.toHaveProperty('timestamp');
  expect(line?.dsync).toMatchObject({ at: NOW.toISOString() });
});

test('rows that a killed worker had claimed are sent after its lease; what was erased is left out', async () => {
  await using datadog = await openDatadog('datadog-killed');
  await audit(datadog.database, people(3));
  await datadog.lane.claim({ now: NOW, limit: 1, entries: 1, leaseMs: 120_000 });
  await datadog.database.auditLog.deleteOne({ _id: idOf(1) });
  expect(await datadog.deliver()).toMatchObject({ delivered: 0, nextDueInMs: 120_000 });
  datadog.pass(120_000);
  expect(await datadog.deliver()).toMatchObject({ delivered: 1 });
  expect(idsOf(datadog.receiver.requests)).toEqual([idOf(0), idOf(2)]);
});
