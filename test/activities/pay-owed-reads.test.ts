import { expect, test } from '@jest/globals';
import { createPayOwedReads } from '../../activities/pay-owed-reads.ts';
import {
  at,
  DIRECTORY,
  group,
  page,
  person,
  refusal,
  syncedDirectory,
} from './synced-directory.ts';

const STAFF = { directory_id: DIRECTORY, user: person('ann'), group: group('staff') };

/** Ann is in the group staff; WorkOS still says so whenever it is asked. */
const staffed = async (name: string) => {
  const synced = await syncedDirectory(name);
  await synced.accept('dsync.group.user_added', 1, STAFF);
  await synced.drain();
  const state = { now: 0, asked: 0 };
  synced.listings.groups = () => {
    state.asked += 1;
    return Promise.resolve({ ...page([group('staff')]), date: at(state.now).getTime() });
  };
  const pay = createPayOwedReads(synced.deps);
  return {
    ...synced,
    state,
    /** Reads what is owed at that second, on WorkOS's clock and on ours. */
    payAt: (second: number) => {
      state.now = second;
      synced.clock.now = at(second);
      return pay({ directoryId: DIRECTORY });
    },
    leave: async (second: number) => {
      await synced.accept('dsync.user.deleted', second, person('ann'));
      await synced.drain();
    },
    comeBack: async (second: number) => {
      await synced.accept('dsync.user.updated', second, person('ann'));
      await synced.drain();
    },
    ann: () => synced.database.users.findOne({ _id: 'ann' }),
    liveGroups: () => synced.database.groupMembers.distinct('groupId', { removedAt: null }),
  };
};

// A returner gets their groups again: with inactive people not retained, a return announces none
// (BRIDGE listener; DOCS: Entra does not send them again).
test('B3: who returns under the same id has the groups read again, and what comes back is audited', async () => {
  await using synced = await staffed('return-groups');
  await synced.leave(100);
  expect(await synced.liveGroups()).toEqual([]);
  await synced.comeBack(200);
  expect(await synced.liveGroups()).toEqual([]);

  expect(await synced.payAt(300)).toMatchObject({ reads: 1 });

  expect(await synced.liveGroups()).toEqual(['staff']);
  const [added] = await synced.database.auditLog
    .find({ type: 'membership.added', eventId: null })
    .toArray();
  expect(added).toMatchObject({ userId: 'ann', groupId: 'staff', reason: 'directory_sync' });
  expect(await synced.ann()).toMatchObject({ enabled: true, deletedAt: null, hardDeleteAt: null });
  expect(await synced.payAt(400)).toMatchObject({ reads: 0 });
});

test('B3: who was only inactive keeps memberships, and they are read again on return', async () => {
  await using synced = await staffed('return-inactive');
  await synced.accept('dsync.user.updated', 100, { ...person('ann'), state: 'inactive' });
  await synced.drain();
  expect(await synced.liveGroups()).toEqual(['staff']);
  expect(await synced.payAt(150)).toMatchObject({ reads: 0 });
  synced.listings.groups = () =>
    Promise.resolve({ ...page([group('sales')]), date: at(300).getTime() });

  await synced.accept('dsync.user.updated', 200, {
    ...person('ann'),
    updated_at: at(200).toISOString(),
  });
  await synced.drain();
  expect(await synced.payAt(300)).toMatchObject({ reads: 1 });

  expect(await synced.liveGroups()).toEqual(['sales']);
});

test('B3: a read that began before the deletion gives nothing back, and the next one does', async () => {
  await using synced = await staffed('return-early-read');
  await synced.leave(100);
  await synced.comeBack(101);
  // The fence is two seconds early, so this one may have seen what was before the deletion.
  expect(await synced.payAt(102)).toMatchObject({ reads: 1 });
  expect(await synced.liveGroups()).toEqual([]);
  expect(await synced.payAt(102)).toMatchObject({ reads: 0 });
  expect(await synced.payAt(106)).toMatchObject({ reads: 1 });
  expect(await synced.liveGroups()).toEqual(['staff']);
});

test('B3: the tenth return is read as soon as the first', async () => {
  await using synced = await staffed('return-often');
  for (let time = 1; time <= 10; time += 1) {
    await synced.leave(time * 100);
    await synced.comeBack(time * 100 + 1);
    expect(await synced.payAt(time * 100 + 2)).toMatchObject({ reads: 1 });
    expect(await synced.payAt(time * 100 + 6)).toMatchObject({ reads: 1 });
    expect(await synced.liveGroups()).toEqual(['staff']);
  }
});

test('B3: a return while WorkOS is away is read as soon as it is back, not an hour later', async () => {
  await using synced = await staffed('return-outage');
  const { groups } = synced.listings;
  await synced.leave(100);
  await synced.comeBack(200);
  synced.listings.groups = () => Promise.reject(refusal({ kind: 'unavailable' }));
  for (const second of [300, 1000, 3000, 9000])
    await expect(synced.payAt(second)).rejects.toMatchObject({ code: 'workos-unavailable' });
  synced.listings.groups = groups;
  await synced.leave(9001);
  await synced.comeBack(9002);

  expect(await synced.payAt(9010)).toMatchObject({ reads: 1 });

  expect(await synced.liveGroups()).toEqual(['staff']);
});

test('B3: a person whom WorkOS refuses to show keeps nobody else from theirs', async () => {
  await using synced = await staffed('return-refused');
  await synced.accept('dsync.user.created', 2, person('bob'));
  await synced.leave(100);
  await synced.comeBack(200);
  await synced.accept('dsync.user.deleted', 201, person('bob'));
  await synced.accept('dsync.user.updated', 202, person('bob'));
  await synced.drain();
  synced.listings.groups = ({ user }) =>
    user === 'ann'
      ? Promise.reject(refusal({ kind: 'not-found' }))
      : Promise.resolve({ ...page([group('staff')]), date: at(300).getTime() });

  expect(await synced.payAt(300)).toMatchObject({ reads: 2 });

  expect(await synced.database.groupMembers.distinct('_id', { removedAt: null })).toEqual([
    'staff:bob',
  ]);
});

test('a group that returns is read page by page, and only its last page concludes who is absent', async () => {
  await using synced = await syncedDirectory('group-pages');
  for (const [index, id] of ['u1', 'u2', 'u3'].entries())
    await synced.accept('dsync.group.user_added', 1 + index, { ...STAFF, user: person(id) });
  await synced.accept('dsync.group.deleted', 10, group('staff'));
  await synced.accept('dsync.group.created', 20, group('staff'));
  await synced.drain();
  const batches: number[] = [];
  const pages: Record<string, ReturnType<typeof page>> = {
    first: page([person('u1')], 'u1'),
    u1: page([person('u2')], 'u2'),
    u2: page([person('u4')]),
  };
  synced.listings.users = async ({ after }) => {
    batches.push(await synced.database.groupMembers.countDocuments({ removedAt: null }));
    if (batches.length === 3) throw refusal({ kind: 'unavailable' });
    return pages[after ?? 'first'] ?? page([]);
  };
  const pay = createPayOwedReads(synced.deps);

  await expect(pay({ directoryId: DIRECTORY })).rejects.toMatchObject({
    code: 'workos-unavailable',
  });
  expect(await synced.database.groups.findOne({ _id: 'staff' })).toMatchObject({
    sync: { owesRead: true, listed: null },
  });
  synced.clock.now = at(1010);
  await pay({ directoryId: DIRECTORY });

  expect(batches).toEqual([0, 1, 2, 2, 2, 2]);
  expect(await synced.database.groupMembers.distinct('_id', { removedAt: null })).toEqual([
    'staff:u1',
    'staff:u2',
    'staff:u4',
  ]);
});

test('a read whose answer MongoDB refuses keeps no other from being joined, and stays owed', async () => {
  await using synced = await staffed('refused-read');
  const { database } = synced;
  for (const [index, id] of ['board', 'sales'].entries())
    await synced.accept('dsync.group.user_added', 2 + index, { ...STAFF, group: group(id) });
  for (const [index, id] of ['board', 'sales', 'staff'].entries()) {
    await synced.accept('dsync.group.deleted', 10 + index, group(id));
    await synced.accept('dsync.group.updated', 20 + index, group(id));
  }
  await synced.drain();
  await database.users.createIndex(
    { email: 1, directoryId: 1 },
    { unique: true, partialFilterExpression: { email: { $type: 'string' } } },
  );
  synced.listings.users = ({ group: of }) => {
    const other = { ...person('bob'), email: 'ann@example.org' };
    const rows = of === 'sales' ? [person('ann'), other] : [person('ann')];
    return Promise.resolve({ ...page(rows), date: at(300).getTime() });
  };

  await synced.payAt(300);

  expect((await synced.liveGroups()).toSorted()).toEqual(['board', 'staff']);
  expect(await database.groups.distinct('_id', { 'sync.owesRead': true })).toEqual(['sales']);
});

test('a read with a row that has no id ends no membership and settles no debt', async () => {
  await using synced = await staffed('nameless-read');
  const { listings } = synced;
  await synced.accept('dsync.group.user_added', 2, { ...STAFF, group: group('board') });
  await synced.leave(100);
  await synced.comeBack(200);
  const pages = [page([group('staff')], 'staff'), page([{ ...group('board'), id: '' }])];
  listings.groups = ({ after }) => Promise.resolve(pages[after === 'staff' ? 1 : 0] ?? page([]));

  await synced.payAt(300);

  expect(await synced.liveGroups()).toEqual(['staff']);
  expect(await synced.ann()).toMatchObject({ sync: { owesRead: true } });
  listings.groups = () =>
    Promise.resolve({ ...page([group('staff'), group('board')]), date: at(400).getTime() });
  await synced.payAt(400);
  expect((await synced.liveGroups()).toSorted()).toEqual(['board', 'staff']);
  expect(await synced.ann()).toMatchObject({ sync: { owesRead: false } });
});
