import { expect, test } from '@jest/globals';
import { directoryId, eventId } from '../../src/domain/ids.ts';
import type { StreamKind } from '../../src/domain/subscriptions.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import type { Database } from '../../src/store/database.ts';
import { newDirectory } from '../../src/store/new-directory.ts';
import type { MailRow, StreamRow } from '../../src/store/documents.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { idsOf, linesOf, openDatadog } from './streaming.ts';
import { audit, DIRECTORY, entryOf, NOW, toldDatabase } from './told.ts';

const streamsTo = (...streams: StreamKind[]) => ({ webhook: new Set<never>(), streams });

const incoming = (id: string, relevant: boolean) => ({
  id,
  type: relevant ? 'dsync.user.deleted' : 'dsync.token.created',
  createdAt: NOW,
  directoryId: DIRECTORY,
  relevant,
  payload: { data: { email: 'ada@example.org' } },
  via: 'webhook' as const,
});
const inboxOf = (database: Database) =>
  createInbox({ database, now: () => new Date(NOW.getTime() - 35) });

/** Settles these events as a batch that tells nothing else. */
const settle = (database: Database, ...ids: string[]) =>
  applyBatch(database, {
    directoryId: directoryId(DIRECTORY),
    told: [],
    now: NOW,
    settle: ids.map((id, index) => ({
      id: eventId(id),
      status: index === 0 ? ('applied' as const) : ('parked' as const),
      error: index === 0 ? null : 'payload-invalid: data.id',
      counted: null,
    })),
  });

test('each stream gets one row for the events of a batch, in its transaction', async () => {
  await using told = await toldDatabase('stream-events', streamsTo('datadog', 'otel'));
  const { database } = told;
  await inboxOf(database).acceptMany([incoming('event_1', true), incoming('event_2', true)]);
  expect(await database.outbox.countDocuments()).toBe(0);
  await settle(database, 'event_1');
  await settle(database, 'event_1');
  const rows = (await database.outbox.find().sort({ _id: 1 }).toArray()) as StreamRow[];
  expect(rows.map(({ kind, entries, entryCount }) => [kind, entries, entryCount])).toEqual(
    ['datadog', 'otel'].map((kind) => [kind, { audit: [], events: ['event_1'], effects: [] }, 1]),
  );
});

test('where nothing is streamed, settled events and audit entries write nothing', async () => {
  await using told = await toldDatabase('stream-none', streamsTo());
  const { database } = told;
  await inboxOf(database).accept(incoming('event_1', true));
  await inboxOf(database).accept(incoming('event_2', false));
  await settle(database, 'event_1');
  await audit(database, [entryOf('ada')]);
  expect(await database.outbox.countDocuments()).toBe(0);
});

test('a settled event tells its lag and never its payload', async () => {
  await using datadog = await openDatadog('stream-event-lines');
  const { database } = datadog;
  await database.directories.insertOne({
    ...newDirectory(directoryId(DIRECTORY)),
    organizationId: 'org_1',
  });
  await inboxOf(database).acceptMany([incoming('event_1', true), incoming('event_2', true)]);
  await settle(database, 'event_1', 'event_2');
  await datadog.deliver();
  const lines = datadog.receiver.requests.flatMap((request) => linesOf(request));
  const ofEvents = lines.filter(({ dsync }) => dsync['kind'] === 'event');
  expect(ofEvents.map(({ dsync, status }) => ({ ...dsync, level: status }))).toEqual([
    {
      kind: 'event',
      at: NOW.toISOString(),
      id: 'event_1',
      type: 'dsync.user.deleted',
      directory_id: DIRECTORY,
      organization_id: 'org_1',
      status: 'applied',
      lag_ms: 35,
      via: 'webhook',
      level: 'info',
    },
    expect.objectContaining({
      id: 'event_2',
      status: 'parked',
      error: 'payload-invalid',
      level: 'error',
    }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('@');
});

test('events that are settled as they come in are streamed too, once', async () => {
  await using datadog = await openDatadog('stream-intake');
  const inbox = inboxOf(datadog.database);
  const malformed = {
    id: 'body:1',
    type: 'unknown',
    reason: 'payload-invalid: id',
    via: 'webhook' as const,
  };
  expect(await inbox.accept(incoming('event_1', false))).toBe('accepted');
  expect(await inbox.accept(incoming('event_1', false))).toBe('duplicate');
  expect(await inbox.parkMalformed(malformed)).toBe('accepted');
  expect(await inbox.parkMalformed(malformed)).toBe('duplicate');
  const page = [incoming('event_2', false), incoming('event_3', true), incoming('event_1', false)];
  expect((await inbox.acceptMany(page)).accepted.toSorted()).toEqual(['event_2', 'event_3']);
  await datadog.deliver();
  const told = idsOf(datadog.receiver.requests);
  expect(told).toHaveLength(3);
  expect(new Set(told)).toEqual(new Set(['body:1', 'event_1', 'event_2']));
});

test('two servers that take the same ignored event at once store and stream it once', async () => {
  await using datadog = await openDatadog('stream-intake-race');
  const servers = Array.from({ length: 6 }, () => inboxOf(datadog.database));
  const answers = await Promise.all(servers.map((one) => one.accept(incoming('event_1', false))));
  expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
  await datadog.deliver();
  expect(idsOf(datadog.receiver.requests)).toEqual(['event_1']);
});

test('a mail that failed for good is told, and the failure of a stream is not', async () => {
  await using datadog = await openDatadog('stream-failures');
  const { database } = datadog;
  const mail: MailRow = {
    _id: 'mail:welcome:ada',
    kind: 'mail',
    template: 'welcome',
    directoryId: DIRECTORY,
    userId: 'ada',
    to: 'ada@example.org',
    status: 'pending',
    attempts: 0,
    nextAttemptAt: NOW,
    deliveredAt: null,
    error: null,
    createdAt: NOW,
  };
  await database.outbox.insertMany([
    mail,
    { ...mail, _id: 'mail:welcome:bob', userId: 'bob', handedOverAt: NOW },
  ]);
  const outbox = createOutbox({ database });
  expect(await outbox.settleInDoubt(NOW)).toBe(1);
  const claim = await outbox.claim({ _id: mail._id, attempts: 0 }, NOW, 1000);
  if (claim === null) throw new Error('It was not claimed.');
  expect(await outbox.markFailed(claim, NOW, 'smtp-550')).toBe(true);
  expect(await outbox.markFailed(claim, NOW, 'smtp-550')).toBe(false);

  datadog.receiver.answerWith(({ body }) => ({ status: body.includes(':bob') ? 400 : 202 }));
  expect(await datadog.deliver()).toMatchObject({ delivered: 1, failed: 1 });
  expect(await datadog.deliver()).toMatchObject({ delivered: 0, nextDueInMs: null });
  const taken = datadog.receiver.requests.filter(({ body }) => !body.includes(':bob'));
  expect(taken.flatMap((request) => linesOf(request))).toMatchObject([
    {
      status: 'error',
      message: 'mail failed (smtp-550)',
      dsync: { kind: 'effect', type: 'mail', error: 'smtp-550', attempts: 1, status: 'failed' },
    },
  ]);
});
