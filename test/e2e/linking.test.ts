import { isDeepStrictEqual } from 'node:util';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { insertAccounts } from '../store/linked-database.ts';
import { readPage } from '../support/documentation.ts';
import { eventually, startProduct } from '../support/e2e-product.ts';
import { viewOfDatabase, viewOfTruth } from '../support/e2e-synced.ts';

/** The policy that the page shows. */
const documentedPolicy = (): string =>
  /^```yaml\n(linking:\n[\s\S]*?)^```/m.exec(readPage('docs/linking.md'))?.[1] ?? '';

test('B10: accounts that an application has become people’s own by file, by waiting and by address', async () => {
  await using product = await startProduct({ name: 'linking', intake: 'webhook,poll', knobs: {} });
  const { database, dsync } = product;
  const folder = await mkdtemp(join(tmpdir(), 'linking-'));
  await using closing = new AsyncDisposableStack();
  closing.defer(() => rm(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);

  await product.play('company', { people: 8, groups: 3 });
  const isSynced = async (): Promise<boolean> => {
    if ((await database.directories.findOne({}))?.syncStatus !== 'active') return false;
    if ((await database.events.findOne({ status: 'pending' })) !== null) return false;
    return isDeepStrictEqual(await viewOfDatabase(database), viewOfTruth(await product.truth()));
  };
  const synced = (what: string) => eventually(what, isSynced, { timeoutMs: 60_000 });
  await synced('the directory is backfilled');
  const truth = await product.truth();
  const directory = String((await database.directories.findOne({}))?._id);
  const people = truth.users.filter((one) => one.state === 'active' && one.email !== null);
  const [ada, bob] = people;
  if (ada === undefined || bob === undefined) throw new Error('the company is empty');

  // By file: suggested, checked, imported.
  await insertAccounts(
    database,
    { _id: 'account_ada', email: String(ada.email).toUpperCase(), plan: 'pro' },
    { _id: 'account_bob', idpId: bob.idp_id, plan: 'free' },
  );
  await database.sessions.insertOne({ _id: 's1', userId: 'account_ada' });
  const suggested = await dsync('link', 'suggest', directory, '--csv');
  expect(suggested.out.trim().split('\n').toSorted()).toEqual(
    ['user_id,directory_user_id', `account_ada,${ada.id}`, `account_bob,${bob.id}`].toSorted(),
  );
  await writeFile(path('people.csv'), suggested.out);
  const dry = await dsync('link', 'import', path('people.csv'), '--dry-run', '--json');
  expect(JSON.parse(dry.out)).toMatchObject({ counts: { lines: 2, fates: { merged: 2 } } });
  expect((await dsync('link', 'import', path('people.csv'))).code).toBe(3);
  expect(await database.users.countDocuments({ directoryId: directory })).toBe(8);
  const report = ['--report', path('fates.csv')];
  const imported = await dsync('link', 'import', path('people.csv'), '--yes', ...report);
  expect([imported.code, imported.err]).toEqual([0, '']);
  expect(await readFile(path('fates.csv'), 'utf8')).toContain(`account_ada,${ada.id},merged`);
  await synced('the merged accounts are the directory’s');
  expect(await database.groupMembers.distinct('userId', { directoryUserId: ada.id })).toEqual(
    truth.memberships.some(({ user }) => user === ada.id) ? ['account_ada'] : [],
  );

  // Live events go to the linked account, and so does a leaver's.
  await product.act({ act: 'update-user', user: ada.id, first_name: 'Renamed' });
  await synced('the new name is there');
  expect(await database.users.findOne({ _id: 'account_ada' })).toMatchObject({
    firstName: 'Renamed',
    plan: 'pro',
  });
  await product.act({ act: 'delete-user', user: ada.id });
  await synced('the leaver is disabled');
  expect(await database.users.findOne({ _id: 'account_ada' })).toMatchObject({
    directoryUserId: ada.id,
    enabled: false,
    plan: 'pro',
  });
  expect(await database.sessions.countDocuments()).toBe(0);

  // By waiting: the import comes before the person.
  await insertAccounts(database, { _id: 'account_new', plan: 'team' });
  await writeFile(path('new.csv'), 'user_id,directory_user_id\naccount_new,directory_user_new\n');
  const waiting = await dsync('link', 'import', path('new.csv'), '--json');
  expect([waiting.code, JSON.parse(waiting.out)]).toMatchObject([
    0,
    { counts: { fates: { pending: 1 } } },
  ]);
  await product.act({ act: 'create-user', id: 'directory_user_new', email: 'new@example.com' });
  await synced('the awaited person is there');
  expect(await database.users.findOne({ _id: 'account_new' })).toMatchObject({
    directoryUserId: 'directory_user_new',
    enabled: true,
    plan: 'team',
  });

  // By address, once the policy says so.
  await insertAccounts(database, {
    _id: 'account_late',
    email: 'late@example.com',
    organizationId: (await database.directories.findOne({}))?.organizationId,
    plan: 'pro',
  });
  await writeFile(path('policy.yaml'), documentedPolicy());
  const applied = await dsync('policy', 'apply', path('policy.yaml'), '--directory', directory);
  expect([applied.code, applied.err]).toEqual([0, '']);
  await product.act({ act: 'create-user', id: 'directory_user_late', email: 'Late@Example.com' });
  await synced('the newcomer has the account with their address');
  expect(await database.users.findOne({ _id: 'account_late' })).toMatchObject({
    directoryUserId: 'directory_user_late',
    enabled: true,
    plan: 'pro',
  });

  const linked = await database.auditLog.find({ type: 'user.linked' }).toArray();
  expect(linked.map(({ userId, reason }) => [userId, reason]).toSorted(byText)).toEqual([
    ['account_ada', 'link-import'],
    ['account_bob', 'link-import'],
    ['account_late', 'email-policy'],
    ['account_new', 'pending-link'],
  ]);
  const welcomed = await database.outbox.distinct('userId', { template: 'welcome' });
  expect(welcomed).not.toContain('account_new');
  expect(welcomed).not.toContain('account_late');

  // A whole reading finds nothing to change, and a repeated import nothing to do.
  const before = await database.users.find().sort({ _id: 1 }).toArray();
  expect((await dsync('resync', directory, '--wait')).code).toBe(0);
  const ids = await database.users.distinct('_id');
  expect(ids.toSorted(byText)).toEqual(before.map(({ _id }) => _id).toSorted(byText));
  const again = await dsync('link', 'import', path('people.csv'), '--json');
  expect(JSON.parse(again.out)).toMatchObject({ counts: { fates: { 'already-linked': 2 } } });
}, 300_000);

const byText = (one: unknown, other: unknown): number => (String(one) < String(other) ? -1 : 1);
