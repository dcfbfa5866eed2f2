import { expect, test } from '@jest/globals';
import { explain } from '../../src/commands/explain.ts';
import { listOutbox } from '../../src/commands/outbox-list.ts';
import { retryOutbox, type RetryRequest } from '../../src/commands/outbox-retry.ts';
import { showOutboxRow } from '../../src/commands/outbox-show.ts';
import { loadConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { OutboxDocument } from '../../src/store/documents.ts';
import { expireReceipts } from '../../src/store/expire-receipts.ts';
import { testDatabase } from '../support/servers.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const BEFORE = new Date('2026-02-01T12:00:00Z');
const common = { attempts: 10, nextAttemptAt: BEFORE, deliveredAt: null, createdAt: BEFORE };

const mail = (id: string, error: string): OutboxDocument => ({
  ...common,
  _id: `mail:welcome:${id}`,
  kind: 'mail',
  template: 'welcome',
  directoryId: 'directory_1',
  userId: id,
  to: `${id}@example.org`,
  status: 'failed',
  error,
  handedOverAt: error === 'in-doubt' ? BEFORE : null,
});

const webhook = (id: string, status: OutboxDocument['status'] = 'failed'): OutboxDocument => ({
  ...common,
  _id: `webhook:${id}`,
  kind: 'webhook',
  directoryId: 'directory_1',
  status,
  deliveredAt: status === 'delivered' ? BEFORE : null,
  lastStatus: 'http-500',
  error: status === 'failed' ? 'http-500' : null,
});

/** An outbox with these rows, and a person who answers `agrees` when asked; null: nobody is there. */
const openOutbox = async (
  name: string,
  rows: readonly OutboxDocument[],
  agrees: boolean | null,
) => {
  const own = await testDatabase(name);
  const database = openDatabase(own.uri);
  await database.outbox.insertMany([...rows]);
  const asked: string[] = [];
  const config = loadConfig({}, 'client');
  if ('problems' in config) throw new Error(config.problems.join());
  const deps = {
    config,
    database: () => database,
    temporal: () => {
      throw new Error('Temporal is away.');
    },
    now: () => NOW,
    terminal: {
      live: false,
      progress: () => ({ show: () => undefined, stop: () => undefined }),
      confirm: (question: string) => {
        asked.push(question);
        return Promise.resolve(agrees);
      },
    },
  };
  return {
    database,
    asked,
    retry: (request: Partial<RetryRequest>) => retryOutbox(deps, { ids: [], ...request }),
    refused: (request: Partial<RetryRequest>) =>
      retryOutbox(deps, { ids: [], ...request }).then(
        () => {
          throw new Error('It was not refused.');
        },
        (error: unknown) => explain(error),
      ),
    pending: () =>
      database.outbox
        .find({ status: 'pending' })
        .sort({ _id: 1 })
        .map(({ _id }) => _id)
        .toArray(),
    async [Symbol.asyncDispose]() {
      await database.client.close();
      await own[Symbol.asyncDispose]();
    },
  };
};

test('a retry makes the named rows due again, with all their attempts, and wakes or says so', async () => {
  await using outbox = await openOutbox('retry-ids', [webhook('a'), webhook('b')], null);
  const { data, text } = await outbox.retry({ ids: ['webhook:a'] });
  expect(data).toEqual({ retried: 1, kinds: { webhook: 1 } });
  expect(text).toContain('One row is due again: 1 webhook.');
  expect(text).toContain('Temporal does not answer');
  expect(await outbox.database.outbox.findOne({ _id: 'webhook:a' })).toMatchObject({
    status: 'pending',
    attempts: 0,
    nextAttemptAt: NOW,
    error: null,
  });
  expect(await outbox.pending()).toEqual(['webhook:a']);
});

test('a retry of all that failed can be of one kind', async () => {
  const rows = [webhook('a'), webhook('b', 'delivered'), mail('ada', 'smtp-550')];
  await using outbox = await openOutbox('retry-kind', rows, null);
  expect((await outbox.retry({ failed: true, kind: 'webhook' })).data).toMatchObject({
    retried: 1,
  });
  expect(await outbox.pending()).toEqual(['webhook:a']);
  expect((await outbox.retry({ failed: true })).data).toMatchObject({ kinds: { mail: 1 } });
  expect((await outbox.retry({ failed: true })).text).toBe('There is no such row.');
});

test('a mail that may have been sent already is sent again only when a person agrees', async () => {
  const rows = [mail('ada', 'in-doubt'), mail('bob', 'smtp-421')];
  await using nobody = await openOutbox('retry-in-doubt', rows, null);
  const { exitCode, message } = await nobody.refused({ failed: true });
  expect([exitCode, message]).toEqual([
    3,
    'One mail of these may have been sent already; sending again may send twice. ' +
      'Nothing was done: repeat it with --yes.',
  ]);
  expect(await nobody.pending()).toEqual([]);
  expect((await nobody.retry({ failed: true, yes: true })).data).toMatchObject({ retried: 2 });
  expect(await nobody.database.outbox.countDocuments({ handedOverAt: null })).toBe(2);
});

test('a retry of a row that is not there or has not failed changes nothing', async () => {
  await using outbox = await openOutbox(
    'retry-not-failed',
    [webhook('a'), webhook('b', 'delivered')],
    null,
  );
  const ofDelivered = await outbox.refused({ ids: ['webhook:a', 'webhook:b'] });
  expect([ofDelivered.exitCode, ofDelivered.message]).toEqual([
    1,
    'Row webhook:b has not failed, it is delivered; nothing was done.',
  ]);
  const ofUnknown = await outbox.refused({ ids: ['webhook:x'] });
  expect(ofUnknown.message).toBe('No row webhook:x is in the outbox; nothing was done.');
  expect(await outbox.pending()).toEqual([]);
});

test('rows that were put off are due at once when asked for, and keep their attempts', async () => {
  const later = new Date('2026-03-02T12:00:00Z');
  const putOff = { ...webhook('a', 'pending'), nextAttemptAt: later, error: 'http-500' };
  const rows = [
    putOff,
    { ...putOff, _id: 'webhook:never-tried', error: null },
    { ...mail('ada', 'smtp-421'), status: 'pending' as const, nextAttemptAt: later },
    // It is being sent at this moment.
    {
      ...mail('bob', 'smtp-421'),
      status: 'pending' as const,
      nextAttemptAt: later,
      handedOverAt: NOW,
    },
  ];
  await using outbox = await openOutbox('retry-waiting', rows, null);
  expect((await outbox.retry({ waiting: true })).data).toEqual({
    retried: 2,
    kinds: { webhook: 1, mail: 1 },
  });
  const due = await outbox.database.outbox.find({ nextAttemptAt: NOW }).sort({ _id: 1 }).toArray();
  expect(due.map(({ _id, attempts }) => [_id, attempts])).toEqual([
    ['mail:welcome:ada', 10],
    ['webhook:a', 10],
  ]);
  await outbox.database.outbox.updateOne({ _id: 'webhook:a' }, { $set: { nextAttemptAt: later } });
  expect((await outbox.retry({ ids: ['webhook:a'] })).data).toMatchObject({ retried: 1 });
});

test.each([
  [{}],
  [{ failed: true, waiting: true }],
  [{ ids: ['webhook:a'], failed: true }],
  [{ ids: ['webhook:a'], kind: 'webhook' as const }],
])('wrong usage %j of a retry exits 2', async (request) => {
  await using outbox = await openOutbox('retry-usage', [webhook('a')], null);
  expect((await outbox.refused(request)).exitCode).toBe(2);
});

test('a row is shown with what an operator looks for at the receiver, and without an address', async () => {
  await using outbox = await openOutbox(
    'outbox-show',
    [webhook('a'), mail('ada', 'in-doubt')],
    null,
  );
  const deps = { database: () => outbox.database };
  const shown = await showOutboxRow(deps, 'webhook:a');
  expect(shown.text).toMatch(/^Last answer +http-500$/m);
  expect(shown.text).toMatch(/^webhook-id +msg_[0-9a-f]{32}$/m);
  const ofMail = await showOutboxRow(deps, 'mail:welcome:ada');
  expect(JSON.stringify([ofMail.data, ofMail.text])).not.toContain('@');
  const listed = await listOutbox(deps, { kind: 'mail', limit: 5 });
  expect(listed.data).toMatchObject([{ id: 'mail:welcome:ada', kind: 'mail' }]);
});

test('receipts of webhooks expire; mails, and what waits or failed, stay', async () => {
  const rows = [
    webhook('a', 'delivered'),
    webhook('b'),
    { ...mail('ada', 'x'), status: 'delivered' as const, deliveredAt: BEFORE },
  ];
  await using outbox = await openOutbox('expire-receipts', rows, null);
  expect(await expireReceipts(outbox.database, NOW)).toBe(1);
  expect(await expireReceipts(outbox.database, NOW)).toBe(0);
  expect(await outbox.database.outbox.countDocuments()).toBe(2);
});
