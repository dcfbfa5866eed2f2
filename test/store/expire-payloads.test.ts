import { expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import type { EventDocument } from '../../src/store/documents.ts';
import { expirePayloads } from '../../src/store/expire-payloads.ts';
import { testDatabase } from '../support/servers.ts';

const event = (id: string, fields: Partial<EventDocument>): EventDocument => ({
  _id: id,
  directoryId: 'directory_1',
  type: 'dsync.user.updated',
  createdAt: new Date('2026-01-01T00:00:00Z'),
  receivedAt: new Date('2026-01-01T00:00:00Z'),
  via: 'webhook',
  status: 'applied',
  settledAt: new Date('2026-01-01T00:00:01Z'),
  attempts: 1,
  error: null,
  payload: { id },
  ...fields,
});

test('payloads of settled events expire; ids stay, and what waits or is parked keeps its payload', async () => {
  await using own = await testDatabase('expire-payloads');
  const database = openDatabase(own.uri);
  try {
    await ensureIndexes(database);
    await database.events.insertMany([
      event('event_old', {}),
      event('event_new', { receivedAt: new Date('2026-03-01T00:00:00Z') }),
      event('event_waiting', { status: 'pending', settledAt: null }),
      event('event_parked', { status: 'parked' }),
    ]);
    const before = new Date('2026-02-01T00:00:00Z');
    expect(await expirePayloads(database, before)).toBe(1);
    expect(await expirePayloads(database, before)).toBe(0);
    const left = await database.events.find({ payload: { $exists: true } }).toArray();
    expect(left.map((one) => one._id).toSorted()).toEqual([
      'event_new',
      'event_parked',
      'event_waiting',
    ]);
    expect(await database.events.countDocuments()).toBe(4);
  } finally {
    await database.client.close();
  }
});

test('an hour’s expiry reads only the events that still have a payload', async () => {
  await using own = await testDatabase('expire-payloads-index');
  const database = openDatabase(own.uri);
  try {
    await ensureIndexes(database);
    const expired = Array.from({ length: 60 }, (_, index) => {
      const { payload: _gone, ...row } = event(`event_gone_${index}`, {});
      return row;
    });
    const old = Array.from({ length: 40 }, (_, index) => event(`event_old_${index}`, {}));
    await database.events.insertMany([
      ...expired,
      ...old,
      event('event_parked', { status: 'parked' }),
    ]);
    const before = new Date('2026-02-01T00:00:00Z');
    const find = database.events.find.bind(database.events);
    const read: number[] = [];
    database.events.find = ((filter: object, options: object) => {
      const explained = find(filter, options).explain('executionStats');
      void explained.then((plan) => read.push(Number(plan['executionStats'].totalDocsExamined)));
      return find(filter, options);
    }) as typeof find;

    expect(await expirePayloads(database, before)).toBe(40);
    expect(read).toEqual([41]);
  } finally {
    await database.client.close();
  }
});
