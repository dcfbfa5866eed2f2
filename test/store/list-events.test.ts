import { expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import type { EventDocument, EventStatus } from '../../src/store/documents.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { eventsPage, type EventPosition, type EventsWanted } from '../../src/store/list-events.ts';
import { readsOf } from '../support/reads-of.ts';
import { testDatabase } from '../support/servers.ts';
import { LEDGER_END, seedLedger } from './ledger.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

const event = (
  minutesAgo: number,
  status: EventStatus = 'applied',
  more: Partial<EventDocument> = {},
): EventDocument => ({
  _id: `event_${minutesAgo}_${status}`,
  directoryId: 'directory_1',
  type: 'dsync.user.updated',
  createdAt: NOW,
  receivedAt: new Date(NOW.getTime() - minutesAgo * 60_000),
  via: 'webhook',
  status,
  settledAt: null,
  attempts: 0,
  error: null,
  payload: { data: { email: 'ada@example.com' } },
  ...more,
});

const inboxOf = async (name: string, events: readonly EventDocument[]) => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  await database.events.insertMany([...events]);
  const owned = stack.move();
  return {
    database,
    /** The ids of all pages, page by page. */
    pages: async (wanted: EventsWanted, limit: number, lookAt = 2000): Promise<string[][]> => {
      const all: string[][] = [];
      let after: EventPosition | null = null;
      do {
        const page = await eventsPage(database, { wanted, limit, after, now: NOW, lookAt });
        all.push(page.events.map(({ _id }) => _id));
        after = page.next;
      } while (after !== null && all.length < 50);
      return all;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

test('pages follow one another, newest first, also within one millisecond', async () => {
  const twins = ['b', 'a', 'c'].map((name) => event(5, 'applied', { _id: `event_5_${name}` }));
  await using inbox = await inboxOf('events-pages', [
    event(1),
    event(100_000),
    ...twins,
    event(2000),
  ]);

  expect(await inbox.pages({}, 2)).toEqual([
    ['event_1_applied', 'event_5_c'],
    ['event_5_b', 'event_5_a'],
    ['event_2000_applied', 'event_100000_applied'],
  ]);
});

test('each filter finds its own and nothing else', async () => {
  await using inbox = await inboxOf('events-filters', [
    event(1),
    event(2, 'pending'),
    event(3, 'parked'),
    event(4, 'ignored'),
    event(5, 'applied', { _id: 'test', via: 'test' }),
    event(6, 'applied', { _id: 'polled', via: 'poll' }),
    event(7, 'applied', { _id: 'deleted', type: 'dsync.user.deleted' }),
    event(8, 'parked', { _id: 'other', directoryId: 'directory_2' }),
    event(9, 'parked', { _id: 'of none', directoryId: null }),
  ]);
  const found = async (wanted: EventsWanted) => (await inbox.pages(wanted, 10)).flat();

  expect(await found({ status: 'pending' })).toEqual(['event_2_pending']);
  expect(await found({ status: 'parked' })).toEqual(['event_3_parked', 'other', 'of none']);
  expect(await found({ status: 'ignored' })).toEqual(['event_4_ignored']);
  expect(await found({ status: 'applied', type: 'dsync.user.deleted' })).toEqual(['deleted']);
  expect(await found({ via: 'test' })).toEqual(['test']);
  expect(await found({ via: 'poll' })).toEqual(['polled']);
  expect(await found({ directoryId: 'directory_2' })).toEqual(['other']);
  expect(await found({ directoryId: 'directory_1', status: 'parked' })).toEqual(['event_3_parked']);
  expect(await found({ type: 'dsync.nothing' })).toEqual([]);
});

test('what an event says is never listed', async () => {
  await using inbox = await inboxOf('events-secret', [event(1)]);
  const { events } = await eventsPage(inbox.database, {
    wanted: {},
    limit: 1,
    after: null,
    now: NOW,
  });
  expect(events).toEqual([expect.not.objectContaining({ payload: expect.anything() })]);
});

test('a page for a rare type looks at no more than its share, and goes on from there', async () => {
  const many = Array.from({ length: 25 }, (_, index) => event(index));
  const rare = { _id: 'rare', type: 'dsync.user.deleted' };
  await using inbox = await inboxOf('events-rare', [...many, event(30, 'applied', rare)]);

  expect(await inbox.pages({ type: 'dsync.user.deleted' }, 10, 10)).toEqual([[], [], ['rare']]);
});

test('D4: listing does not read the ledger', async () => {
  await using ledger = await seedLedger('events_listed', { directories: 3, hours: 700 });
  const after = { receivedAt: new Date(LEDGER_END.getTime() - 40 * 3_600_000), id: 'event' };
  for (const wanted of [
    {},
    { directoryId: 'directory_1' },
    { status: 'pending', directoryId: 'directory_1' },
    { status: 'parked' },
    { via: 'test' },
  ] as const) {
    const reads = await readsOf(ledger.uri, async (database) => {
      await eventsPage(database, { wanted, limit: 5, after: null, now: LEDGER_END });
      await eventsPage(database, { wanted, limit: 5, after, now: LEDGER_END });
    });
    expect([wanted, reads.filter(({ scans }) => scans)]).toEqual([wanted, []]);
  }
}, 60_000);
