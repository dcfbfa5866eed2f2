import { expect, test } from '@jest/globals';
import { createPurgeDue } from '../../activities/purge-due.ts';
import { createRefresh } from '../../activities/refresh.ts';
import { findRefresh } from '../../src/store/refresh-reports.ts';
import {
  at,
  DIRECTORY,
  group,
  page,
  person,
  refusal,
  syncedDirectory,
} from './synced-directory.ts';

/** A directory in which WorkOS shows Ann in sales, and nobody else; asked at second 1000. */
const known = async (name: string) => {
  const synced = await syncedDirectory(name);
  const { listings } = synced;
  const ann = { ...person('ann'), first_name: 'Ann', updated_at: at(900).toISOString() };
  const asked = <Answer extends object>(answer: Answer) =>
    Promise.resolve({ ...answer, date: synced.clock.now.getTime() });
  listings.user = (id) =>
    id === 'ann' ? asked({ data: ann }) : Promise.reject(refusal({ kind: 'not-found' }));
  listings.group = (id) =>
    id === 'sales'
      ? asked({ data: group('sales') })
      : Promise.reject(refusal({ kind: 'not-found' }));
  listings.groups = ({ user }) => asked(page(user === 'ann' ? [group('sales')] : []));
  listings.users = ({ group: of }) => asked(page(of === 'sales' ? [ann] : []));
  const attempt = { number: 1 };
  const refresh = createRefresh(synced.deps, () => attempt.number);
  return {
    ...synced,
    attempt,
    /** Reads one record again and answers its report. */
    read: async (of: 'user' | 'group', id: string, requestId = 'r1') => {
      await refresh({ directoryId: DIRECTORY, requestId, of, id });
      return findRefresh(synced.database, { requestId, id });
    },
    member: (user: string, of: string, second: number) =>
      synced.accept('dsync.group.user_added', second, {
        directory_id: DIRECTORY,
        user: person(user),
        group: group(of),
      }),
    live: async () =>
      (await synced.database.groupMembers.distinct('_id', { removedAt: null })).toSorted(),
  };
};

test('D6: a refreshed person is what WorkOS shows now, groups included, and the report says what changed', async () => {
  await using synced = await known('refresh-person');
  await synced.member('ann', 'staff', 1);
  await synced.drain();

  expect(await synced.read('user', 'ann')).toMatchObject({
    kind: 'refresh',
    outcome: 'done',
    reason: null,
    subject: 'ann',
    counts: { listed: 1 },
    changes: [
      { type: 'user.updated', count: 1 },
      { type: 'group.created', count: 1 },
      { type: 'membership.added', count: 1 },
      { type: 'membership.removed', count: 1 },
    ],
    samples: expect.arrayContaining([
      { type: 'membership.added', userId: 'ann', groupId: 'sales' },
      { type: 'membership.removed', userId: 'ann', groupId: 'staff' },
    ]),
  });

  expect(await synced.database.users.findOne({ _id: 'ann' })).toMatchObject({
    firstName: 'Ann',
    enabled: true,
  });
  expect(await synced.live()).toEqual(['sales:ann']);
  synced.clock.now = at(1001);
  expect(await synced.read('user', 'ann', 'r2')).toMatchObject({ outcome: 'done', changes: [] });
});

test('D6: a refreshed group is what WorkOS shows now, with its people', async () => {
  await using synced = await known('refresh-group');
  await synced.member('bob', 'sales', 1);
  await synced.member('bob', 'staff', 2);
  await synced.drain();

  expect(await synced.read('group', 'sales')).toMatchObject({
    outcome: 'done',
    counts: { listed: 1 },
    changes: [
      { type: 'user.provisioned', count: 1 },
      { type: 'membership.added', count: 1 },
      { type: 'membership.removed', count: 1 },
    ],
  });

  expect(await synced.live()).toEqual(['sales:ann', 'staff:bob']);
  expect(await synced.database.users.findOne({ _id: 'bob' })).toMatchObject({ enabled: true });
});

test('B11: a person nobody has told us of is read into an account, welcomed once', async () => {
  await using synced = await known('refresh-unknown');
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.drain();

  expect(await synced.read('user', 'ann')).toMatchObject({
    outcome: 'done',
    changes: expect.arrayContaining([{ type: 'user.provisioned', count: 1 }]),
  });
  await synced.read('user', 'ann', 'r2');

  expect(await synced.database.users.findOne({ _id: 'ann' })).toMatchObject({ enabled: true });
  expect(await synced.live()).toEqual(['sales:ann']);
  expect(await synced.database.outbox.countDocuments({ userId: 'ann' })).toBe(1);
});

// Only a complete listing concludes absence: an empty or failed answer removes nobody
// (polis syncUsers, wg-portal#744, keycloak#48781, adcp#1822).
test('X3: a person or group that WorkOS does not know is reported, and changes nothing', async () => {
  await using synced = await known('refresh-404');
  await synced.member('bob', 'staff', 1);
  await synced.drain();
  const before = await synced.database.users.findOne({ _id: 'bob' });

  for (const [of, id] of [
    ['user', 'bob'],
    ['group', 'staff'],
  ] as const)
    expect(await synced.read(of, id)).toMatchObject({
      outcome: 'failed',
      reason: 'workos-not-found',
      changes: [],
    });

  expect(await synced.database.users.findOne({ _id: 'bob' })).toEqual(before);
  expect(await synced.live()).toEqual(['staff:bob']);
});

test('a person of another directory is refused, and changes nothing', async () => {
  await using synced = await known('refresh-elsewhere');
  synced.listings.user = (id) =>
    Promise.resolve({ data: { ...person(id), directory_id: 'directory_2' }, date: null });

  expect(await synced.read('user', 'ann')).toMatchObject({
    outcome: 'failed',
    reason: 'other-directory',
  });
  expect(await synced.database.users.countDocuments()).toBe(0);
});

test('a page that fails concludes nothing; the next attempt does, under the same report', async () => {
  await using synced = await known('refresh-retry');
  await synced.member('ann', 'staff', 1);
  await synced.drain();
  const { groups } = synced.listings;
  synced.listings.groups = () => Promise.reject(refusal({ kind: 'unavailable' }));

  await expect(synced.read('user', 'ann')).rejects.toMatchObject({ code: 'workos-unavailable' });
  expect(await findRefresh(synced.database, { requestId: 'r1', id: 'ann' })).toMatchObject({
    outcome: 'running',
    reason: 'workos-unavailable',
  });
  expect(await synced.live()).toEqual(['staff:ann']);

  synced.listings.groups = groups;
  expect(await synced.read('user', 'ann')).toMatchObject({ outcome: 'done', reason: null });
  expect(await synced.live()).toEqual(['sales:ann']);
});

test('a refresh that never succeeds ends with its reason after ten attempts, and others go on', async () => {
  await using synced = await known('refresh-give-up');
  synced.attempt.number = 10;
  synced.listings.user = () =>
    Promise.reject(refusal({ kind: 'rate-limited', retryAfterMs: 1000 }));

  expect(await synced.read('user', 'ann')).toMatchObject({
    outcome: 'failed',
    reason: 'workos-rate-limited',
  });
});

test('a directory that WorkOS deleted is not read: what it then leaves out, it leaves out for all', async () => {
  await using synced = await known('refresh-deleted');
  await synced.member('ann', 'staff', 1);
  await synced.accept('dsync.deleted', 2, { id: DIRECTORY });
  await synced.drain();

  expect(await synced.read('user', 'ann')).toMatchObject({
    outcome: 'failed',
    reason: 'directory-deleted',
  });
  expect(await synced.live()).toEqual(['staff:ann']);
});

test('an event newer than the read stands, whichever came first', async () => {
  await using synced = await known('refresh-order');
  await synced.member('ann', 'sales', 1);
  await synced.accept('dsync.user.deleted', 2000, person('ann'));
  await synced.drain();

  await synced.read('user', 'ann');

  expect(await synced.database.users.findOne({ _id: 'ann' })).toMatchObject({
    enabled: false,
    deletedAt: at(2000),
  });
  expect(await synced.live()).toEqual([]);
});

test('a person whose deletion was wrong returns by a refresh, and the purge is cancelled', async () => {
  await using synced = await known('refresh-return');
  await synced.member('ann', 'sales', 1);
  await synced.accept('dsync.user.deleted', 2, person('ann'));
  await synced.drain();

  await synced.read('user', 'ann');

  expect(await synced.database.users.findOne({ _id: 'ann' })).toMatchObject({
    enabled: true,
    deletedAt: null,
    hardDeleteAt: null,
  });
  expect(await synced.live()).toEqual(['sales:ann']);
  synced.clock.now = at(100 * 86_400);
  const purged = await createPurgeDue(synced.deps)({ directoryId: DIRECTORY });
  expect(purged).toMatchObject({ purged: 0, nextInMs: null });
});

test('C3: a role that the application gave by hand shows after a refresh, though nothing else changed', async () => {
  await using synced = await known('refresh-manual-role');
  await synced.member('ann', 'sales', 1);
  await synced.drain();
  await synced.read('user', 'ann');
  await synced.database.users.updateOne({ _id: 'ann' }, { $set: { manualRoles: ['auditor'] } });
  synced.clock.now = at(1005);

  expect(await synced.read('user', 'ann', 'r2')).toMatchObject({
    outcome: 'done',
    changes: [{ type: 'role.granted', count: 1 }],
  });

  expect(await synced.database.users.findOne({ _id: 'ann' })).toMatchObject({
    roles: [{ role: 'auditor', source: 'manual', via: [] }],
  });
});
