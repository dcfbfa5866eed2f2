import { expect, test } from '@jest/globals';
import { directoryId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { pendingEvents } from '../../src/store/pending-events.ts';
import { testDatabase } from '../support/servers.ts';

const DIRECTORY = directoryId('directory_1');
const NOW = new Date('2026-03-01T12:00:00Z');

const waiting = async (name: string, sizes: readonly number[]) => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  const events = sizes.map((size, index) => ({
    id: `event_${index}`,
    type: 'dsync.user.updated',
    createdAt: NOW,
    directoryId: DIRECTORY,
    relevant: true,
    payload: { filler: 'x'.repeat(size), number: 2 ** 40, none: null, list: [{ at: 1.5 }] },
    via: 'poll' as const,
  }));
  await createInbox({ database, now: () => NOW }).acceptMany(events);
  const owned = stack.move();
  return { database, events, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

test('a batch holds as many events as it has room for, and at least one', async () => {
  await using store = await waiting('pending-bytes', [1000, 1000, 9000, 1000, 1000, 1000]);
  const { database } = store;
  const next = async (limit: number) => {
    const query = { directoryId: DIRECTORY, limit, bytes: 3000, frozen: null };
    const { events, more } = await pendingEvents(database, query);
    const ids = events.map(({ _id }) => _id);
    await database.events.updateMany({ _id: { $in: ids } }, { $set: { status: 'applied' } });
    return [ids, more];
  };

  expect(await next(10)).toEqual([['event_0', 'event_1'], true]);
  expect(await next(10)).toEqual([['event_2'], true]);
  expect(await next(2)).toEqual([['event_3', 'event_4'], true]);
  expect(await next(10)).toEqual([['event_5'], false]);
  expect(await next(10)).toEqual([[], false]);
});

test('an event comes out of the inbox as it went in', async () => {
  await using store = await waiting('pending-whole', [10]);
  const query = { directoryId: DIRECTORY, limit: 5, bytes: 1e6, frozen: null };
  const { events } = await pendingEvents(store.database, query);
  expect(events).toEqual(await store.database.events.find().toArray());
  expect(events).toMatchObject([{ createdAt: NOW, payload: store.events[0]?.payload }]);
});
