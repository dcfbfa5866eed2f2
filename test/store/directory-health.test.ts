import { expect, test } from '@jest/globals';
import { groupById } from '../../src/store/group-by-id.ts';
import { personById } from '../../src/store/person-by-id.ts';
import {
  directoriesHealth,
  directoryHealth,
  directoryPage,
} from '../../src/store/directory-health.ts';
import {
  allStatistics,
  directoryStatistics,
  directoryChanges,
} from '../../src/store/read-statistics.ts';
import { at, DIRECTORY, group, person, syncedDirectory } from '../activities/synced-directory.ts';
import { readsOf } from '../support/reads-of.ts';
import { LEDGER_END, seedLedger } from './ledger.ts';

test('D4: health tells state, times, lag, people, groups, and what waits or is parked', async () => {
  await using synced = await syncedDirectory('health');
  const { database, clock } = synced;
  clock.now = at(100);
  for (const index of [1, 2, 3, 4]) {
    await synced.accept('dsync.user.created', index, person(`user_${index}`));
  }
  await synced.accept('dsync.user.updated', 5, {
    ...person('user_2'),
    state: 'inactive',
    updated_at: at(5).toISOString(),
  });
  await synced.accept('dsync.user.deleted', 6, person('user_3'));
  await synced.accept('dsync.group.created', 7, group('group_1'));
  await synced.accept('dsync.group.created', 8, group('group_2'));
  await synced.accept('dsync.group.deleted', 9, group('group_2'));
  await synced.accept('dsync.user.created', 10, { directory_id: DIRECTORY });
  await synced.drain();
  clock.now = at(200);
  await synced.accept('dsync.user.updated', 12, person('user_1'));
  clock.now = at(201);
  await synced.accept('dsync.user.updated', 11, person('user_4'));

  expect(await directoryHealth(database, { directoryId: DIRECTORY, now: at(231) })).toEqual({
    id: DIRECTORY,
    name: null,
    organizationId: null,
    type: null,
    state: 'linked',
    syncStatus: 'pending',
    enabled: 2,
    people: 3,
    groups: 1,
    pending: 2,
    parked: 1,
    oldestPendingAt: at(201),
    lagMs: 30_000,
    lastEventAt: at(10),
    lastAppliedAt: at(100),
    lastSyncedAt: null,
    heldRemovals: 0,
    attention: null,
  });
  expect(await directoryHealth(database, { directoryId: 'directory_2', now: at(0) })).toBeNull();
});

test('D4, D5: no query reads the ledger, whose size does not matter', async () => {
  await using ledger = await seedLedger('health-plans', { directories: 3, hours: 700 });
  const span = { days: 30, now: LEDGER_END };
  const directoryId = 'directory_1';

  const reads = await readsOf(ledger.uri, async (database) => {
    await directoryHealth(database, { directoryId, now: LEDGER_END });
    await directoriesHealth(database, { ids: ledger.ids, now: LEDGER_END });
    await personById(database, 'directory_user_1');
    await groupById(database, 'directory_group_1', { limit: 10, after: null });
    await directoryStatistics(database, { directoryId, ...span });
    await directoryChanges(database, { directoryId, ...span });
    await allStatistics(database, span);
  });

  expect(reads.length).toBeGreaterThan(20);
  expect(reads.filter(({ scans }) => scans)).toEqual([]);
}, 120_000);

test('pages of directories meet without a gap', async () => {
  await using ledger = await seedLedger('health-pages', { directories: 3, hours: 1 });
  const { database } = ledger;

  const first = await directoryPage(database, { limit: 2, after: null });
  const second = await directoryPage(database, { limit: 2, after: first.next });

  expect(first).toEqual({ ids: ['directory_0', 'directory_1'], next: 'directory_1' });
  expect(second).toEqual({ ids: ['directory_2'], next: null });
  const health = await directoriesHealth(database, { ids: ledger.ids, now: LEDGER_END });
  expect(health.map(({ id, pending, parked }) => [id, pending, parked])).toEqual([
    ['directory_0', 3, 2],
    ['directory_1', 4, 2],
    ['directory_2', 5, 2],
  ]);
});
