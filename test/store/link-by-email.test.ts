import { expect, test } from '@jest/globals';
import { linkAccounts } from '../../src/store/link-accounts.ts';
import type { Database } from '../../src/store/database.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { ofPeople } from '../../src/store/of-people.ts';
import { purgeDue } from '../../src/store/purge.ts';
import { at, DIRECTORY, person, personDeleted, told } from '../domain/observations.ts';
import { counted, insertAccounts, NOW, openLinked } from './linked-database.ts';

const LATER = new Date(NOW.getTime() + 100 * 86_400_000);

const allow = (database: Database) =>
  database.policies.insertOne({
    _id: DIRECTORY,
    linking: { by: 'email', domains: ['example.com'] },
  });

const account = (_id: string, email: string, organizationId = 'org_1') => ({
  _id,
  email,
  organizationId,
  theme: 'dark',
});

const ada = (id: string, time = 1, email = 'ada@example.com') => person(id, at(time), { email });

const reads = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => /\.(find|aggregate)$/.test(call));

test('under the policy a newcomer gets the account that carries their address', async () => {
  await using store = await openLinked('email_links');
  const { database, tell } = store;
  await allow(database);
  await insertAccounts(
    database,
    account('account_1', 'Ada@Example.COM'),
    account('account_2', 'ada@example.com', 'org_2'),
    account('account_3', 'bob@example.com'),
  );
  await tell(told(ada('user_1')), told(person('user_2', at(1), { email: 'new@example.com' })));
  const owned = await database.users
    .find({ directoryUserId: { $exists: true } }, { projection: { directoryUserId: 1, theme: 1 } })
    .sort({ _id: 1 })
    .toArray();
  expect(owned).toEqual([
    { _id: 'account_1', directoryUserId: 'user_1', theme: 'dark' },
    { _id: 'user_2', directoryUserId: 'user_2' },
  ]);
  expect(await database.auditLog.find({ userId: 'account_1' }).toArray()).toMatchObject([
    { type: 'user.linked', reason: 'email-policy', metadata: {} },
  ]);
});

test('an account whose address is not a text is left alone, and stops nobody', async () => {
  await using store = await openLinked('email_list');
  const { database, tell } = store;
  await allow(database);
  await insertAccounts(
    database,
    { _id: 'list', email: ['ada@example.com'], organizationId: 'org_1' },
    account('account_1', 'ada@example.com'),
  );
  await tell(told(ada('user_1')));
  expect(await database.users.findOne({ directoryUserId: 'user_1' })).toMatchObject({
    _id: 'account_1',
  });
});

test('without the policy nobody is linked by an address, and nothing is asked', async () => {
  await using store = await openLinked('email_none');
  const { database, tell } = store;
  await insertAccounts(database, account('account_1', 'ada@example.com'));
  await tell(told(ada('user_0', 1, 'other@example.com')));
  const { calls, database: watched } = counted(database);
  await applyBatch(watched, { directoryId: DIRECTORY, told: [told(ada('user_1'))], now: NOW });
  const plain = reads(calls);
  expect(await database.users.distinct('_id')).toEqual(['account_1', 'user_0', 'user_1']);

  // The same with the policy costs two questions more, for one person or for many.
  await allow(database);
  const asked = async (...ids: readonly string[]) => {
    calls.length = 0;
    const batch = ids.map((id) => told(ada(id, 1, `${id}@example.com`)));
    await applyBatch(watched, { directoryId: DIRECTORY, told: batch, now: NOW });
    return reads(calls);
  };
  await insertAccounts(
    database,
    ...['a', 'b', 'c', 'd'].map((id) => account(`account_${id}`, `${id}@example.com`)),
  );
  const one = await asked('a');
  expect(one).toEqual([...plain, 'users.find', 'auditLog.aggregate']);
  expect(await asked('b', 'c', 'd', 'e', 'f')).toEqual(one);
  expect(await database.users.countDocuments(ofPeople(['a', 'b', 'c', 'd', 'e', 'f']))).toBe(6);
});

test('two candidates are both told in the audit log by id, and nobody is linked', async () => {
  await using store = await openLinked('email_doubt');
  const { database, tell } = store;
  await allow(database);
  await insertAccounts(
    database,
    account('account_1', 'ada@example.com'),
    account('account_2', 'ADA@example.com'),
  );
  await tell(told(ada('user_1')));
  await tell(told(ada('user_1')));
  expect(await database.users.distinct('directoryUserId')).toEqual(['user_1']);
  expect(await database.users.countDocuments()).toBe(3);
  const doubts = await database.auditLog.find({ type: 'dsync.error' }).toArray();
  expect(doubts).toMatchObject([
    {
      severity: 'warning',
      reason: 'link-ambiguous',
      userId: 'user_1',
      metadata: { accounts: 'account_1 account_2', directoryUsers: 'user_1' },
    },
  ]);
  expect(JSON.stringify(doubts)).not.toContain('@');
});

test('a recycled address inherits nothing, at any time after its first owner', async () => {
  await using store = await openLinked('email_recycled');
  const { database, tell } = store;
  await allow(database);
  await insertAccounts(database, account('account_1', 'ada@example.com'));
  await tell(told(ada('user_1')));
  expect(await database.users.findOne({ _id: 'account_1' })).toMatchObject({
    directoryUserId: 'user_1',
  });
  // While the first owner is there, and after they left.
  await tell(told(ada('user_2', 2)));
  await tell(told(personDeleted('user_1', at(3))));
  await tell(told(ada('user_3', 4)));
  // After the hard delete, when the application makes an account with the old id and address again.
  await tell(told(personDeleted('user_2', at(5)), personDeleted('user_3', at(5))));
  await purgeDue(database, { directoryId: DIRECTORY, now: LATER });
  expect(await database.users.countDocuments()).toBe(0);
  await insertAccounts(database, account('account_1', 'ada@example.com'));
  await tell(told(ada('user_4', 6)));
  expect(await database.users.distinct('_id')).toEqual(['account_1', 'user_4']);
  expect(await database.auditLog.countDocuments({ type: 'user.linked' })).toBe(1);
});

test('an account that the application took from its person is nobody’s by address', async () => {
  await using store = await openLinked('email_taken_away');
  const { database, tell } = store;
  await allow(database);
  await insertAccounts(database, account('account_1', 'ada@example.com'));
  await tell(told(ada('user_1')));
  await database.users.updateOne(
    { _id: 'account_1' },
    { $unset: { directoryUserId: true, sync: true } },
  );
  await tell(told(ada('user_2', 2)));
  expect(await database.users.distinct('_id')).toEqual(['account_1', 'user_2']);
});

test('two people who arrive at the same moment never share an account', async () => {
  await using store = await openLinked('email_race');
  const { database, tell } = store;
  await allow(database);
  const ids = Array.from({ length: 6 }, (_, index) => index);
  await insertAccounts(
    database,
    ...ids.map((index) => account(`account_${index}`, `p${index}@example.com`)),
  );
  for (const index of ids)
    await Promise.all([
      tell(told(ada(`user_${index}`, 1, `p${index}@example.com`))),
      tell(told(ada(`other_${index}`, 1, `P${index}@example.com`))),
      linkAccounts(database, {
        lines: [{ line: 2, userId: `account_${index}`, directoryUserId: `third_${index}` }],
        merge: true,
        importId: 'link-import/1',
        now: NOW,
      }),
    ]);
  const audit = await database.auditLog.find({ type: 'user.linked' }).toArray();
  for (const index of ids) {
    const owners = await database.users
      .find({ directoryUserId: { $in: [`user_${index}`, `other_${index}`] } })
      .toArray();
    expect(owners).toHaveLength(2);
    const claims = audit.filter(({ userId }) => userId === `account_${index}`);
    const held = await database.users.findOne({ _id: `account_${index}` });
    expect(claims.length).toBe(held?.directoryUserId === `third_${index}` ? 0 : 1);
  }
}, 60_000);
