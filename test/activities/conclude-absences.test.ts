import { expect, test } from '@jest/globals';
import { createCheckListings, createConcludeAbsences } from '../../activities/conclude-absences.ts';
import { fenceVersion } from '../../src/domain/version.ts';
import { at, DIRECTORY, group, person, syncedDirectory } from './synced-directory.ts';

const EVERYTHING = {
  directoryId: DIRECTORY,
  generation: 1,
  fence: fenceVersion(at(500).getTime()),
  of: 'everything',
} as const;

test('a repeat of a conclusion decides nothing anew, goes on with the rest, and counts nobody twice', async () => {
  await using synced = await syncedDirectory('conclude-again');
  const { database, deps, listings } = synced;
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.accept('dsync.group.created', 2, group('group_1'));
  await synced.drain();
  listings.directory = () => Promise.resolve({ data: { id: DIRECTORY }, date: null });
  let heard = 0;
  const conclude = createConcludeAbsences(deps, () => ({
    absentBefore: heard,
    heartbeat: (absent) => {
      heard = absent;
    },
  }));

  const find = database.groups.find.bind(database.groups);
  database.groups.find = () => {
    throw new Error('not primary');
  };
  await expect(conclude(EVERYTHING)).rejects.toThrow('not primary');
  expect(await database.users.findOne({ _id: 'user_1' })).toMatchObject({ enabled: false });
  expect(heard).toBe(1);

  database.groups.find = find;
  // By now WorkOS would say something else, but the listing was judged when it ended.
  listings.directory = () =>
    Promise.resolve({ data: { id: DIRECTORY, state: 'invalid_credentials' }, date: null });
  expect(await conclude(EVERYTHING)).toMatchObject({ absent: 2, doubt: null });
  expect(await database.groups.findOne({ _id: 'group_1' })).toMatchObject({
    deletedAt: expect.any(Date),
  });
});

test('who gets another account id while absences are concluded is concluded absent as well', async () => {
  await using synced = await syncedDirectory('conclude-merged');
  const { database, deps, listings } = synced;
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.drain();
  listings.directory = () => Promise.resolve({ data: { id: DIRECTORY }, date: null });
  const account = await database.users.findOne({ _id: 'user_1' });
  if (account === null) throw new Error('There is no account.');
  const apply = database.users.bulkWrite.bind(database.users);
  const merged = { ...account, _id: 'account_0', directoryUserId: 'user_2' };
  database.users.bulkWrite = async (...args) => {
    database.users.bulkWrite = apply;
    await database.users.insertOne(merged);
    return apply(...args);
  };
  const conclude = createConcludeAbsences(deps, () => ({ absentBefore: 0, heartbeat: () => {} }));

  expect(await conclude({ ...EVERYTHING, of: 'users' })).toMatchObject({ absent: 2, doubt: null });
  expect(await database.users.countDocuments({ enabled: true })).toBe(0);
});

test('nothing is concluded of a directory that lost its connection while its members were listed', async () => {
  await using synced = await syncedDirectory('conclude-refused');
  const { database, deps, listings } = synced;
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.drain();
  listings.directory = () =>
    Promise.resolve({ data: { id: DIRECTORY, state: 'unlinked' }, date: null });

  const concluding = createConcludeAbsences(deps, () => ({
    absentBefore: 0,
    heartbeat: () => {},
  }))(EVERYTHING);

  await expect(concluding).rejects.toMatchObject({ type: 'directory-unlinked' });
  expect(await database.users.findOne({ _id: 'user_1' })).toMatchObject({ enabled: true });
});

test('a listing whose count differs by as many as came and went meanwhile is plausible', async () => {
  await using synced = await syncedDirectory('conclude-busy');
  const { fence } = EVERYTHING;
  synced.listings.directory = () =>
    Promise.resolve({
      data: { id: DIRECTORY, metadata: { users: { active: 40, inactive: 2 }, groups: 3 } },
      date: null,
    });
  const check = (users: number, groups: number) =>
    createCheckListings(synced.deps)({
      directoryId: DIRECTORY,
      fence,
      users: { listed: users, told: 42 },
      groups: { listed: groups, told: 3 },
    });
  const differs = { users: 'listing-count-differs', groups: 'listing-groups-differ' };

  // Before the listing began, so it explains nothing.
  await synced.accept('dsync.user.created', 400, person('user_0'));
  expect(await check(43, 4)).toEqual(differs);

  await synced.accept('dsync.user.created', 600, person('user_1'));
  await synced.accept('dsync.user.deleted', 610, person('user_2'));
  expect(await check(44, 4)).toEqual({ ...differs, users: null });
  expect(await check(40, 3)).toEqual({ users: null, groups: null });
  expect(await check(45, 3)).toEqual({ users: differs.users, groups: null });
  await synced.accept('dsync.group.deleted', 620, group('group_1'));
  expect(await check(42, 4)).toEqual({ users: null, groups: null });
});
