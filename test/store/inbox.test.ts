import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { createInbox, type Inbox, type IncomingEvent } from '../../src/store/inbox.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let testDb: TestDatabase;
let database: Database;
let inbox: Inbox;
const NOW = new Date('2026-02-01T00:00:00Z');

beforeAll(async () => {
  testDb = await testDatabase('inbox');
  database = openDatabase(testDb.uri);
  inbox = createInbox({ database, now: () => NOW });
  await ensureIndexes(database);
});

beforeEach(async () => {
  await database.events.deleteMany({});
});

afterAll(async () => {
  await database.client.close();
  await testDb[Symbol.asyncDispose]();
});

const incoming = (id: string, fields: Partial<IncomingEvent> = {}): IncomingEvent => ({
  id,
  type: 'dsync.user.created',
  createdAt: new Date('2026-01-15T00:00:00Z'),
  directoryId: 'directory_1',
  relevant: true,
  payload: { id },
  via: 'poll',
  ...fields,
});

const settle = (id: string, status: 'applied' | 'parked', error: string | null) =>
  database.events.updateOne({ _id: id }, { $set: { status, error, attempts: 1 } });

test('a page is stored once, and only its new events count', async () => {
  await inbox.accept(incoming('event_1', { via: 'webhook' }));
  const page = [
    incoming('event_1'),
    incoming('event_2', { directoryId: 'directory_2' }),
    incoming('event_2', { directoryId: 'directory_2' }),
    incoming('event_3', { type: 'dsync.token.created', relevant: false }),
  ];
  expect(await inbox.acceptMany(page)).toEqual({
    accepted: ['event_2', 'event_3'],
    directories: ['directory_2'],
  });
  expect(await inbox.acceptMany(page)).toEqual({ accepted: [], directories: [] });
  expect(await database.events.countDocuments()).toBe(3);
});

test('A3: one page stored by ten at once counts each event once', async () => {
  const page = Array.from({ length: 100 }, (_, index) => incoming(`event_${index}`));
  const stored = await Promise.all(Array.from({ length: 10 }, () => inbox.acceptMany(page)));
  expect(stored.flatMap(({ accepted }) => accepted)).toHaveLength(100);
  expect(await database.events.countDocuments()).toBe(100);
});

test('a payload that the database refuses parks its event alone', async () => {
  const page = [
    incoming('event_1'),
    incoming('event_2', { payload: { 'a\u0000b': 1 } }),
    incoming('event_3'),
  ];
  expect((await inbox.acceptMany(page)).accepted).toHaveLength(3);
  const stored = await database.events.find().sort({ _id: 1 }).toArray();
  expect(stored.map(({ status }) => status)).toEqual(['pending', 'parked', 'pending']);
});

test('an event whose payload the database refuses still names its person, so that no purge overlooks it', async () => {
  const data = {
    object: 'directory_user',
    id: 'directory_user_1',
    raw_attributes: { 'a\u0000b': 1 },
  };
  await inbox.accept(incoming('event_1', { payload: { id: 'event_1', data } }));
  const stored = await database.events.findOne({ _id: 'event_1' });
  expect(stored).toMatchObject({ status: 'parked', directoryUserId: 'directory_user_1' });
  expect(stored).not.toHaveProperty('payload');
});

test('a sound copy takes the place of a malformed one, by poll and by webhook, and is applied', async () => {
  const broken = { id: 'event_1', data: {} };
  await inbox.parkMalformed({
    id: 'event_1',
    type: 'unknown',
    reason: 'payload-invalid: created_at is not a time',
    payload: broken,
    via: 'webhook',
  });
  await inbox.accept(incoming('event_2', { payload: { 'a\u0000b': 1 }, via: 'webhook' }));

  const page = [incoming('event_1'), incoming('event_2'), incoming('event_3')];
  expect(await inbox.acceptMany(page)).toEqual({
    accepted: expect.arrayContaining(['event_1', 'event_2', 'event_3']),
    directories: ['directory_1'],
  });
  expect(await inbox.acceptMany(page)).toEqual({ accepted: [], directories: [] });

  const stored = await database.events.find().sort({ _id: 1 }).toArray();
  expect(stored).toMatchObject(
    ['event_1', 'event_2', 'event_3'].map((id) => ({
      _id: id,
      directoryId: 'directory_1',
      status: 'pending',
      error: null,
      settledAt: null,
      payload: { id },
    })),
  );
});

test('ten sound copies at once take the place of a malformed one once', async () => {
  await inbox.parkMalformed({
    id: 'event_1',
    type: 'unknown',
    reason: 'payload-invalid: data is not an object',
    via: 'webhook',
  });
  const copies = await Promise.all(
    Array.from({ length: 10 }, () => inbox.accept(incoming('event_1'))),
  );
  expect(copies.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
});

test('what was applied, or parked for another reason, is never replaced by a copy', async () => {
  await inbox.acceptMany([incoming('event_1'), incoming('event_2'), incoming('event_3')]);
  await settle('event_1', 'applied', null);
  await settle('event_2', 'parked', 'write-failed: MongoServerError-121');
  // Parked when it was applied; the same copy would be parked again.
  await settle('event_3', 'parked', 'payload-invalid: data.id');
  for (const id of ['event_1', 'event_2'])
    expect(await inbox.accept(incoming(id, { payload: { other: id } }))).toBe('duplicate');
  expect(await inbox.accept(incoming('event_3'))).toBe('duplicate');
  expect(await inbox.accept(incoming('event_3', { payload: { other: 1 } }))).toBe('accepted');
});

const DAY_MS = 86_400_000;
const dated = (id: string, ahead: number, fields: Partial<IncomingEvent> = {}) =>
  incoming(id, { createdAt: new Date(NOW.getTime() + ahead), ...fields });

test('an event dated more than a day ahead of its receipt is parked, and wakes nobody', async () => {
  const page = [
    dated('event_1', DAY_MS),
    dated('event_2', DAY_MS + 1, { directoryId: 'directory_2' }),
    dated('event_3', DAY_MS + 1, { relevant: false }),
  ];
  expect((await inbox.acceptMany(page)).directories).toEqual(['directory_1']);
  expect(await database.events.find().sort({ _id: 1 }).toArray()).toMatchObject([
    { status: 'pending' },
    {
      status: 'parked',
      error: expect.stringMatching(/^dated-ahead: /),
      payload: { id: 'event_2' },
    },
    { status: 'ignored', error: null },
  ]);
});
