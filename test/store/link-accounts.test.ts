import { expect, test } from '@jest/globals';
import type { LinkLine } from '../../src/domain/link-import.ts';
import type { Database } from '../../src/store/database.ts';
import { deriveAccounts } from '../../src/store/derive-accounts.ts';
import { linkAccounts, previewLinks } from '../../src/store/link-accounts.ts';
import {
  at,
  DIRECTORY,
  directoryActivated,
  group,
  member,
  person,
  personDeleted,
  told,
} from '../domain/observations.ts';
import { counted, insertAccounts, NOW, openLinked } from './linked-database.ts';

const lines = (...pairs: readonly (readonly [string, string])[]): readonly LinkLine[] =>
  pairs.map(([userId, directoryUserId], index) => ({ line: index + 2, userId, directoryUserId }));

const link = (database: Database, of: readonly LinkLine[], merge = true) =>
  linkAccounts(database, { lines: of, merge, importId: 'link-import/1', now: NOW });

const everything = async ({ db }: Database) => {
  const collections = await db.listCollections().toArray();
  const names = collections.map(({ name }) => name).toSorted();
  return Promise.all(
    names.map(async (name) => [name, await db.collection(name).find().sort({ _id: 1 }).toArray()]),
  );
};

test('each line has its fate, a preview shows the same and writes nothing', async () => {
  await using store = await openLinked('link_fates');
  const { database, tell } = store;
  await insertAccounts(
    database,
    ...['new', 'merging', 'losing', 'late', 'other'].map((_id) => ({ _id })),
    { _id: 'waiting', directoryUserId: 'waited_for' },
    { _id: 'linked', directoryUserId: 'seen' },
  );
  await tell(
    told(person('seen', at(1)), person('active', at(1)), person('second', at(1))),
    told(person('suspended', at(2), { state: 'inactive' })),
    told(personDeleted('gone', at(3))),
  );
  const asked = lines(
    ['new', 'nobody_yet'],
    ['late', 'gone'],
    ['merging', 'active'],
    ['losing', 'suspended'],
    ['linked', 'seen'],
    ['waiting', 'waited_for'],
    ['nothing', 'unseen'],
    ['second', 'unseen_too'],
    ['other', 'second'],
  );
  const fates = [
    ['pending', 'not-seen-yet'],
    ['pending', 'deleted-before'],
    ['merged', null],
    ['merged', 'loses-access'],
    ['already-linked', null],
    ['pending', 'not-seen-yet'],
    ['refused', 'unknown-account'],
    ['refused', 'account-taken'],
    ['merged', null],
  ].map(([fate, reason]) => ({ fate, reason }));

  const before = await everything(database);
  expect(await previewLinks(database, asked)).toEqual(fates);
  expect(await everything(database)).toEqual(before);
  expect(await link(database, asked)).toEqual(fates);

  const again = fates.map((one) =>
    one.fate === 'merged' ? { fate: 'already-linked', reason: null } : one,
  );
  const after = await everything(database);
  expect(await link(database, asked)).toEqual(again);
  expect(await everything(database)).toEqual(after);
});

test('nobody takes an account or a person from another', async () => {
  await using store = await openLinked('link_taken');
  const { database, tell } = store;
  await insertAccounts(
    database,
    { _id: 'a' },
    { _id: 'b', directoryUserId: 'waited_for' },
    { _id: 'c', directoryUserId: 'seen' },
  );
  await tell(told(person('seen', at(1))));
  await database.users.updateOne({ _id: 'c' }, { $unset: { email: true } });
  const asked = lines(['a', 'waited_for'], ['a', 'seen'], ['b', 'unseen'], ['c', 'unseen']);
  const before = await everything(database);
  expect((await link(database, asked)).map(({ reason }) => reason)).toEqual([
    'directory-user-taken',
    'directory-user-taken',
    'account-taken',
    'account-taken',
  ]);
  // The application takes its field away: the account was somebody's, and stays theirs.
  await database.users.updateOne({ _id: 'c' }, { $unset: { directoryUserId: true } });
  expect(await link(database, lines(['c', 'unseen']))).toEqual([
    { fate: 'refused', reason: 'account-taken' },
  ]);
  await database.users.updateOne({ _id: 'c' }, { $set: { directoryUserId: 'seen' } });
  expect(await everything(database)).toEqual(before);
});

test('a merge moves what the engine knows, and loses no membership, hold, role, session or mail', async () => {
  await using store = await openLinked('link_merge');
  const { database, tell } = store;
  await tell(
    told(person('user_1', at(1), { firstName: 'Ada', email: 'ada@example.com' })),
    told(group('group_1', at(1)), group('group_2', at(1))),
    told(member({ group: 'group_1', user: 'user_1' }, 'added', at(2))),
    told(member({ group: 'group_2', user: 'user_1' }, 'added', at(2))),
  );
  await tell(told(member({ group: 'group_2', user: 'user_1' }, 'removed', at(3))));
  await database.users.updateOne(
    { _id: 'user_1' },
    { $set: { legalHold: true, manualRoles: ['auditor'], sessionsRevokedAt: new Date(7) } },
  );
  await insertAccounts(database, {
    _id: 'account_1',
    plan: { seats: 7 },
    email: 'old@example.com',
    createdAt: new Date(5),
    manualRoles: ['owner', 'auditor'],
    sessionsRevokedAt: new Date(6),
  });
  await database.sessions.insertMany([
    { _id: 's1', userId: 'account_1' },
    { _id: 's2', userId: 'user_1' },
  ]);
  const provisioned = await database.users.findOne({ _id: 'user_1' });
  const mail = await database.outbox.findOne({ userId: 'user_1' });

  expect(await link(database, lines(['account_1', 'user_1']))).toEqual([
    { fate: 'merged', reason: null },
  ]);
  expect(await database.users.find().toArray()).toEqual([
    {
      ...provisioned,
      _id: 'account_1',
      plan: { seats: 7 },
      createdAt: new Date(5),
      legalHold: true,
      manualRoles: ['owner', 'auditor'],
      roles: ['auditor', 'owner'].map((role) => ({ role, source: 'manual', via: [] })),
      sessionsRevokedAt: new Date(7),
      sync: { ...provisioned?.sync, rev: expect.any(Number) },
    },
  ]);
  const rows = await database.groupMembers.find().sort({ _id: 1 }).toArray();
  expect(rows.map(({ userId, removedAt }) => [userId, removedAt])).toEqual([
    ['account_1', null],
    ['account_1', NOW],
  ]);
  expect(await database.sessions.distinct('userId')).toEqual(['account_1']);
  expect(await database.sessions.countDocuments()).toBe(2);
  expect(await database.outbox.findOne({ _id: 'mail:welcome:user_1' })).toEqual({
    ...mail,
    userId: 'account_1',
    attempts: 1,
  });
  expect(await database.auditLog.find({ type: 'user.linked' }).toArray()).toMatchObject([
    { userId: 'account_1', reason: 'link-import', metadata: { mergedAccount: 'user_1' } },
  ]);
  expect(await database.auditLog.distinct('metadata.role', { type: 'role.granted' })).toEqual([
    'auditor',
    'owner',
  ]);
});

test('who is merged while a policy is followed follows it as well', async () => {
  await using store = await openLinked('link_merge_derived');
  const { database, tell } = store;
  await insertAccounts(database, { _id: 'account_1' });
  await tell(told(directoryActivated(at(0))));
  await tell(told(person('user_1', at(1)), person('user_2', at(1))));
  await tell(told(personDeleted('user_2', at(2))));
  await database.policies.insertOne({ _id: 'default', retentionDays: 7 });
  const derive = () => deriveAccounts(database, { directoryId: DIRECTORY, now: NOW, limit: 1 });
  expect(await derive()).toMatchObject({ left: true });
  await link(database, lines(['account_1', 'user_2']));
  while ((await derive()).left);
  expect(await database.users.findOne({ _id: 'account_1' })).toMatchObject({
    hardDeleteAt: new Date(2 + 7 * 86_400_000),
  });
});

test('merging somebody who has no access takes the sessions of both accounts', async () => {
  await using store = await openLinked('link_merge_leaver');
  const { database, tell } = store;
  await insertAccounts(database, { _id: 'account_1', enabled: true }, { _id: 'account_2' });
  await tell(told(person('user_1', at(1))), told(personDeleted('user_1', at(2))));
  await database.sessions.insertMany([
    { _id: 's1', userId: 'account_1' },
    { _id: 's2', userId: 'user_1' },
    { _id: 's3', userId: 'account_2' },
  ]);
  expect(await previewLinks(database, lines(['account_1', 'user_1']))).toEqual([
    { fate: 'merged', reason: 'person-deleted', hardDeleteAt: new Date(2 + 90 * 86_400_000) },
  ]);
  await link(database, lines(['account_1', 'user_1']));
  expect(await database.sessions.distinct('_id')).toEqual(['s3']);
  expect(await database.users.findOne({ _id: 'account_1' })).toMatchObject({
    enabled: false,
    deletedAt: new Date(2),
    hardDeleteAt: expect.any(Date),
    sessionsRevokedAt: NOW,
  });
});

test('what happens to a person while they are merged is not lost', async () => {
  await using store = await openLinked('link_merge_race');
  const { database, tell } = store;
  const people = Array.from({ length: 8 }, (_, index) => `user_${index}`);
  await insertAccounts(database, ...people.map((id) => ({ _id: `account_${id}` })));
  await tell(told(group('group_1', at(1))));
  for (const [index, id] of people.entries()) {
    if (index % 2 === 0) await tell(told(person(id, at(1))));
    await Promise.all([
      link(database, lines([`account_${id}`, id])),
      tell(
        told(person(id, at(5), { firstName: 'Live' })),
        told(member({ group: 'group_1', user: id }, 'added', at(6))),
      ),
      tell(told(person(id, at(4), { firstName: 'Older' }))),
    ]);
  }
  const users = await database.users.find().sort({ _id: 1 }).toArray();
  expect(
    users.map(({ _id, directoryUserId, firstName }) => [_id, directoryUserId, firstName]),
  ).toEqual(people.map((id) => [`account_${id}`, id, 'Live']));
  const rows = await database.groupMembers.find({ removedAt: null }).toArray();
  expect(rows.map(({ userId }) => userId).toSorted()).toEqual(people.map((id) => `account_${id}`));
  expect(await database.auditLog.countDocuments({ type: 'user.linked' })).toBe(people.length);
}, 120_000);

test('a merge that nobody confirmed is held back, and pending links are stored all the same', async () => {
  await using store = await openLinked('link_held');
  const { database, tell } = store;
  await insertAccounts(database, { _id: 'a' }, { _id: 'b' });
  await tell(told(person('user_1', at(1))));
  expect(await link(database, lines(['a', 'user_1'], ['b', 'user_2']), false)).toEqual([
    { fate: 'held', reason: 'merge-not-confirmed' },
    { fate: 'pending', reason: 'not-seen-yet' },
  ]);
  expect(await database.users.distinct('_id')).toEqual(['a', 'b', 'user_1']);
  expect(await database.users.findOne({ _id: 'b' })).toMatchObject({ directoryUserId: 'user_2' });
});

test('lines with many memberships are merged in groups, each person whole', async () => {
  await using store = await openLinked('link_many');
  const { database, tell } = store;
  const people = Array.from({ length: 20 }, (_, index) => `user_${String(index).padStart(3, '0')}`);
  await insertAccounts(database, ...people.map((id) => ({ _id: `account_${id}` })));
  await tell(told(...people.map((id) => person(id, at(1)))));
  await database.groupMembers.insertMany(
    people.flatMap((id) =>
      Array.from({ length: 70 }, (_, index) => ({
        _id: `group_${index}:${id}`,
        groupId: `group_${index}`,
        directoryUserId: id,
        userId: id,
        directoryId: DIRECTORY,
        source: 'directory_sync' as const,
        removedAt: null,
        sync: { added: at(1), removed: null },
      })),
    ),
  );
  const asked = lines(...people.map((id): [string, string] => [`account_${id}`, id]));
  // Interrupted: some of it is done already when the whole is begun again.
  await link(database, asked.slice(0, 4));
  const { calls, database: watched } = counted(database);
  const verdicts = await link(watched, asked);
  expect(verdicts.map(({ fate }) => fate)).toEqual(
    people.map((_, index) => (index < 4 ? 'already-linked' : 'merged')),
  );
  expect(calls.filter((call) => call === 'groupMembers.bulkWrite')).toHaveLength(2);
  expect(await database.groupMembers.countDocuments({ userId: /^account_/ })).toBe(1400);
  expect(await database.auditLog.countDocuments({ type: 'user.linked' })).toBe(20);
}, 120_000);

test('more lines cost no more round trips', async () => {
  await using store = await openLinked('link_round_trips');
  const { database, tell } = store;
  const ids = Array.from({ length: 60 }, (_, index) => `user_${index}`);
  await insertAccounts(database, ...ids.map((id) => ({ _id: `account_${id}` })));
  await tell(told(...ids.slice(0, 30).map((id) => person(id, at(1)))));
  const asked = lines(...ids.map((id): [string, string] => [`account_${id}`, id]));
  const trips = async (of: readonly LinkLine[]): Promise<readonly string[]> => {
    const { calls, database: watched } = counted(database);
    await link(watched, of);
    return calls;
  };
  const few = await trips([...asked.slice(0, 2), ...asked.slice(58)]);
  expect(await trips(asked.slice(2, 58))).toEqual(few);
  expect(few.length).toBeLessThan(20);
}, 60_000);
