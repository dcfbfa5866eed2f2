import { expect, test } from '@jest/globals';
import { purgeDue } from '../../src/store/purge.ts';
import {
  at,
  DIRECTORY,
  fence,
  group,
  member,
  person,
  personDeleted,
  told,
} from '../domain/observations.ts';
import { insertAccounts, NOW, openLinked } from './linked-database.ts';

const ACCOUNT = { _id: 'account_1', directoryUserId: 'user_1', plan: { seats: 7 }, theme: 'dark' };
const LATER = new Date(NOW.getTime() + 100 * 86_400_000);

test('the first sight of a person fills the account that waits for them and keeps what is the application’s', async () => {
  await using store = await openLinked('link_first_sight');
  const { database, tell } = store;
  await insertAccounts(database, { ...ACCOUNT, createdAt: new Date(5), legalHold: true });
  await tell(
    told(person('user_1', at(1), { firstName: 'Ada', email: 'ada@example.com' })),
    told(group('group_1', at(2))),
    told(member({ group: 'group_1', user: 'user_1' }, 'added', at(3))),
  );
  await tell(told(person('user_1', at(1), { firstName: 'Ada', email: 'ada@example.com' })));

  const users = await database.users.find().toArray();
  expect(users).toEqual([
    expect.objectContaining({
      ...ACCOUNT,
      createdAt: new Date(5),
      legalHold: true,
      directoryId: DIRECTORY,
      firstName: 'Ada',
      email: 'ada@example.com',
      enabled: true,
      roles: [],
      held: null,
      sessionsRevokedAt: null,
    }),
  ]);
  await tell(told(person('user_2', at(1))));
  const provisioned = await database.users.findOne({ _id: 'user_2' });
  expect(Object.keys(users[0]?.sync ?? {}).toSorted()).toEqual(
    Object.keys(provisioned?.sync ?? {}).toSorted(),
  );
  expect(await database.groupMembers.findOne()).toMatchObject({
    _id: 'group_1:user_1',
    userId: 'account_1',
    removedAt: null,
  });
  expect(
    await database.auditLog
      .find({ userId: 'account_1', groupId: null }, { projection: { _id: 0, type: 1, reason: 1 } })
      .toArray(),
  ).toEqual([{ type: 'user.linked', reason: 'pending-link' }]);
});

test('whoever had an account before is not welcomed', async () => {
  await using store = await openLinked('link_no_welcome');
  await insertAccounts(store.database, ACCOUNT);
  expect(await store.tell(told(person('user_1', at(1))))).toMatchObject({ mails: 0 });
  await store.tell(told(person('user_1', at(2), { state: 'inactive' })));
  await store.tell(told(person('user_1', at(3))));
  expect(await store.database.outbox.countDocuments()).toBe(0);
});

test('an account of somebody who is first seen without access loses its sessions, and no other does', async () => {
  await using store = await openLinked('link_inactive');
  const { database, tell } = store;
  await insertAccounts(database, ACCOUNT);
  await database.sessions.insertMany([
    { _id: 's1', userId: 'account_1' },
    { _id: 's2', userId: 'user_1' },
  ]);
  await tell(told(person('user_1', at(1), { state: 'inactive' })));
  expect(await database.sessions.distinct('_id')).toEqual(['s2']);
  expect(await database.users.findOne({ _id: 'account_1' })).toMatchObject({
    enabled: false,
    sessionsRevokedAt: NOW,
  });
});

test('a deletion of somebody nobody saw leaves the waiting account as it was, until an older sight comes', async () => {
  await using store = await openLinked('link_tombstone');
  const { database, tell } = store;
  await insertAccounts(database, ACCOUNT);
  await tell(told(personDeleted('user_1', at(5))));
  expect(await database.users.findOne()).toEqual(ACCOUNT);
  expect(await database.tombstones.distinct('_id')).toEqual(['user_1']);

  await tell(told(person('user_1', at(2))));
  expect(await database.users.find().toArray()).toMatchObject([
    { ...ACCOUNT, enabled: false, deletionReason: 'directory_sync' },
  ]);
  expect(await database.tombstones.countDocuments()).toBe(0);
});

test('somebody who was hard-deleted is linked when they return, and not by what is older', async () => {
  await using store = await openLinked('link_purged');
  const { database, tell } = store;
  await tell(told(person('user_1', at(1))), told(personDeleted('user_1', at(2))));
  expect(await purgeDue(database, { directoryId: DIRECTORY, now: LATER })).toMatchObject({
    purged: ['user_1'],
  });
  await insertAccounts(database, ACCOUNT);

  await tell(told(person('user_1', at(1))));
  await tell(told(personDeleted('user_1', at(3))));
  expect(await database.users.find().toArray()).toEqual([ACCOUNT]);

  await tell(told(person('user_1', at(4))));
  expect(await database.users.find().toArray()).toMatchObject([{ ...ACCOUNT, enabled: true }]);
  expect(await database.tombstones.countDocuments()).toBe(0);
});

test('the hard delete of a linked person removes the account, its memberships and its sessions', async () => {
  await using store = await openLinked('link_purge');
  const { database, tell } = store;
  await insertAccounts(database, ACCOUNT, { _id: 'account_2', theme: 'light' });
  await tell(
    told(person('user_1', at(1))),
    told(group('group_1', at(2))),
    told(member({ group: 'group_1', user: 'user_1' }, 'added', at(3))),
  );
  await tell(told(personDeleted('user_1', at(4))));
  await database.sessions.insertOne({ _id: 's1', userId: 'account_1' });
  expect(await purgeDue(database, { directoryId: DIRECTORY, now: LATER })).toMatchObject({
    purged: ['user_1'],
  });
  expect(await database.users.find().toArray()).toEqual([{ _id: 'account_2', theme: 'light' }]);
  expect(await database.groupMembers.countDocuments()).toBe(0);
  expect(await database.sessions.countDocuments()).toBe(0);
  expect(await database.tombstones.distinct('_id')).toEqual(['user_1']);
  expect(await database.auditLog.findOne({ type: 'user.hard_deleted' })).toMatchObject({
    userId: 'account_1',
  });
});

test('a late creation and a deletion at the same moment leave a waiting account soft-deleted', async () => {
  await using store = await openLinked('link_race');
  const { database, tell } = store;
  const people = Array.from({ length: 10 }, (_, index) => `user_${index}`);
  await insertAccounts(
    database,
    ...people.map((id) => ({ _id: `account_${id}`, directoryUserId: id })),
  );
  for (const id of people)
    await Promise.all([tell(told(person(id, at(1)))), tell(told(personDeleted(id, at(2))))]);
  const users = await database.users.find().sort({ _id: 1 }).toArray();
  expect(users.map(({ _id, enabled, deletedAt }) => ({ _id, enabled, deletedAt }))).toEqual(
    people.map((id) => ({ _id: `account_${id}`, enabled: false, deletedAt: new Date(2) })),
  );
  expect(await database.tombstones.countDocuments()).toBe(0);
}, 60_000);

test('a page of a listing links everybody who is waited for, beside those who are new', async () => {
  await using store = await openLinked('link_page');
  const { database, tell } = store;
  const people = Array.from({ length: 100 }, (_, index) => `user_${index}`);
  await insertAccounts(
    database,
    ...people.slice(0, 50).map((id) => ({ _id: `account_${id}`, directoryUserId: id })),
    { _id: 'account_of_nobody', email: 'nobody@example.com' },
  );
  await tell(told(...people.map((id) => person(id, fence(1)))));
  expect(await database.users.countDocuments({ directoryId: DIRECTORY })).toBe(100);
  expect(await database.auditLog.countDocuments({ type: 'user.linked' })).toBe(50);
  expect(await database.auditLog.countDocuments({ type: 'user.provisioned' })).toBe(50);
});
