import { expect, test } from '@jest/globals';
import { createApplyPending } from '../../activities/apply-pending.ts';
import type { EventDocument } from '../../src/store/documents.ts';
import { expireStatistics } from '../../src/store/expire-statistics.ts';
import {
  allStatistics,
  directoryChanges,
  directoryStatistics,
} from '../../src/store/read-statistics.ts';
import { at, DIRECTORY, person, syncedDirectory } from '../activities/synced-directory.ts';

const SECOND = 1000;
const row = (type: string, counts: object) => ({
  type,
  received: 0,
  applied: 0,
  ignored: 0,
  parked: 0,
  pending: 0,
  lagMs: { p50: null, p95: null, p99: null },
  ...counts,
});
const within19Percent = (ms: number) => ({
  asymmetricMatch: (told: number) => told >= ms && told <= ms * 1.19 + 1,
});

test('D5: events are counted by type and by what became of them, with their lag', async () => {
  await using synced = await syncedDirectory('statistics');
  const { database, clock } = synced;
  clock.now = at(0);
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.accept('dsync.user.created', 2, person('user_2'));
  await synced.accept('dsync.group.created', 3, { directory_id: DIRECTORY });
  await synced.deps.inbox.accept({
    id: 'event_token',
    type: 'dsync.token.created',
    createdAt: at(4),
    directoryId: DIRECTORY,
    relevant: false,
    payload: {},
    via: 'webhook',
  });
  clock.now = at(2);
  await synced.drain();
  await synced.accept('dsync.user.deleted', 5, person('user_1'));
  const span = { days: 30, now: at(60) };

  const { events, daily, since } = await directoryStatistics(database, {
    directoryId: DIRECTORY,
    ...span,
  });

  const two = within19Percent(2 * SECOND);
  expect(events).toEqual([
    row('dsync.group.created', { received: 1, parked: 1 }),
    row('dsync.token.created', { received: 1, ignored: 1 }),
    row('dsync.user.created', { received: 2, applied: 2, lagMs: { p50: two, p95: two, p99: two } }),
    row('dsync.user.deleted', { received: 1, pending: 1 }),
  ]);
  expect(daily.length).toBe(30);
  expect(daily.at(-1)).toEqual({ day: '2026-01-01', applied: 2 });
  expect(since).toEqual(new Date('2025-12-03T00:00:00Z'));
  expect((await allStatistics(database, span)).events).toEqual(events);
  expect(await directoryChanges(database, { directoryId: DIRECTORY, ...span })).toEqual([
    { type: 'dsync.error', count: 1 },
    { type: 'user.provisioned', count: 2 },
  ]);
});

test('an event counts once, however often it is told or applied again', async () => {
  await using synced = await syncedDirectory('statistics-once');
  const { database, deps } = synced;
  await synced.accept('dsync.user.created', 1, person('user_1'));
  const apply = createApplyPending(deps);
  await Promise.all([0, 1, 2].map(() => apply({ directoryId: DIRECTORY })));
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.drain();

  const { events } = await directoryStatistics(database, {
    directoryId: DIRECTORY,
    days: 1,
    now: synced.clock.now,
  });
  expect(events).toMatchObject([{ type: 'dsync.user.created', received: 1, applied: 1 }]);
});

test('days that were not asked for, other directories and test events are left out', async () => {
  await using synced = await syncedDirectory('statistics-out');
  const { database, clock } = synced;
  clock.now = at(0);
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.drain();
  clock.now = at(3 * 86_400);
  await synced.accept('dsync.user.created', 3 * 86_400, person('user_2'));
  await database.events.updateOne({ status: 'pending' }, { $set: { via: 'test' } });
  await synced.drain();
  await database.events.insertOne({
    _id: 'event_other',
    directoryId: 'directory_2',
    type: 'dsync.user.created',
    createdAt: at(1),
    receivedAt: clock.now,
    via: 'webhook',
    status: 'pending',
    settledAt: null,
    attempts: 0,
    error: null,
  } satisfies EventDocument);

  const counted = async (days: number) =>
    (await directoryStatistics(database, { directoryId: DIRECTORY, days, now: clock.now })).events;
  expect(await counted(3)).toEqual([]);
  expect(await counted(4)).toMatchObject([{ received: 1 }]);
  const all = await allStatistics(database, { days: 4, now: clock.now });
  expect(all.events).toMatchObject([{ received: 2, applied: 1, pending: 1 }]);
  expect(await database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    lastEventAt: at(1),
  });
});

test('the statistics of all directories add up to a count of the whole inbox', async () => {
  await using synced = await syncedDirectory('statistics-sum');
  const { database, clock } = synced;
  for (const hour of [0, 20, 30, 70]) {
    clock.now = at(hour * 3600);
    for (const index of [1, 2, 3, 4, 5, 6, 7]) {
      const broken = index % 3 === 0 ? {} : person(`user_${index}`);
      await synced.accept(
        `dsync.user.${index % 2 === 0 ? 'updated' : 'created'}`,
        hour * 3600 + index,
        {
          directory_id: DIRECTORY,
          ...broken,
        },
      );
    }
    clock.now = at(hour * 3600 + 7);
    if (hour < 70) await synced.drain();
  }

  const { events } = await allStatistics(database, { days: 30, now: clock.now });
  const stored = await database.events.find().toArray();
  const recount = Object.entries(Object.groupBy(stored, ({ type }) => type)).map(
    ([type, some = []]) => {
      const count = (status: string) => some.filter((one) => one.status === status).length;
      return {
        type,
        received: some.length,
        applied: count('applied'),
        ignored: count('ignored'),
        parked: count('parked'),
        pending: count('pending'),
      };
    },
  );
  expect(events.map(({ lagMs: _lag, ...counts }) => counts)).toEqual(
    recount.toSorted((a, b) => (a.type < b.type ? -1 : 1)),
  );
});

const ofDay = (day: string) => ({
  _id: `statistics/${DIRECTORY}/${day}`,
  kind: 'statistics' as const,
  directoryId: DIRECTORY,
  day,
  lags: {},
});

test('statistics are kept for as many days as may be asked for', async () => {
  await using synced = await syncedDirectory('statistics-expiry');
  const { database } = synced;
  await database.statistics.insertMany(['2024-12-30', '2024-12-31', '2025-12-31'].map(ofDay));
  await database.reports.insertOne({ _id: 'backfill/1', kind: 'backfill' } as never);

  expect(await expireStatistics(database, at(0))).toBe(1);
  expect(await expireStatistics(database, at(0))).toBe(0);
  expect(await database.statistics.distinct('day', {})).toEqual(['2024-12-31', '2025-12-31']);
  expect(await database.reports.countDocuments()).toBe(3);
});
