import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createDeriveNext } from '../../activities/derive-next.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createEndLeft } from '../../activities/end-left.ts';
import { directoryId } from '../../src/domain/ids.ts';
import { effectivePolicy } from '../../src/domain/policy.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { readDuties } from '../../src/store/duties.ts';
import { replacePolicy } from '../../src/store/policies.ts';
import { previewPolicy } from '../../src/store/preview-policy.ts';
import {
  at,
  DIRECTORY,
  group,
  groupDeleted,
  member,
  person,
  personDeleted,
  told,
} from '../domain/observations.ts';
import { testDatabase } from '../support/servers.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
const TEAM = { team: ['custom_attributes.team'] };
const DEVELOPERS = { groups: [{ group: 'Engineering', roles: ['developer'] }], workos: {} };

const open = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  const deps = {
    database,
    now: () => NOW,
    log: pino({ level: 'silent' }),
  } as unknown as Dependencies;
  const deriveNext = createDeriveNext(deps);
  const owned = stack.move();
  return {
    database,
    deriveNext,
    endLeft: createEndLeft(deps),
    /** As live events are applied: with the directory's document written. */
    apply: (...observations: readonly Observation[]) =>
      applyBatch(database, {
        directoryId: DIRECTORY,
        told: observations.map((seen) => told(seen)),
        lock: true,
        now: NOW,
      }),
    /** Gives the group of `ann` so many more members like her. */
    addLikeAnn: async (count: number) => {
      const ann = await database.users.findOne({ _id: 'ann' });
      const membership = await database.groupMembers.findOne({ directoryUserId: 'ann' });
      if (ann === null || membership === null) throw new Error('ann is in no group');
      const ids = Array.from({ length: count }, (_, index) => `user_${index}`);
      await database.users.insertMany(ids.map((id) => ({ ...ann, _id: id, directoryUserId: id })));
      await database.groupMembers.insertMany(
        ids.map((id) => ({
          ...membership,
          _id: `${membership.groupId}:${id}`,
          directoryUserId: id,
          userId: id,
        })),
      );
    },
    derive: async () => {
      while ((await deriveNext({ directoryId: DIRECTORY })).left);
    },
    setPolicy: (policy: object, _id = 'default') =>
      database.policies.replaceOne({ _id }, policy, { upsert: true }),
    rolesOf: async (id: string) =>
      ((await database.users.findOne({ _id: id }))?.roles ?? []).map(({ role }) => role),
    audited: async (type: 'role.granted' | 'role.revoked') =>
      (await database.auditLog.find({ type }).sort({ _id: 1 }).toArray()).map(
        ({ userId, metadata, eventId, reason }) => ({
          userId,
          role: metadata['role'],
          eventId,
          reason,
        }),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const inGroup = (user: string, of: string, time: number) => [
  person(user, at(time)),
  group(of, at(time), 'Engineering'),
  member({ group: of, user }, 'added', at(time)),
];

test('a membership gives its role with the event that brings it, and its removal takes it away', async () => {
  await using store = await open('roles_membership');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  expect(await store.database.users.findOne({ _id: 'ann' })).toMatchObject({
    roles: [{ role: 'developer', source: 'directory_sync', via: ['g1'] }],
  });
  await store.apply(member({ group: 'g1', user: 'ann' }, 'removed', at(2)));
  expect(await store.rolesOf('ann')).toEqual([]);
  expect(await store.audited('role.granted')).toEqual([
    { userId: 'ann', role: 'developer', eventId: 'event_000001', reason: 'directory_sync' },
  ]);
  expect(await store.audited('role.revoked')).toEqual([
    { userId: 'ann', role: 'developer', eventId: 'event_000002', reason: 'directory_sync' },
  ]);
});

// lightdash#24718, FusionAuth#3273
test('a role stays while another group gives it, and one given by hand survives', async () => {
  await using store = await open('roles_two_groups');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1), ...inGroup('ann', 'g2', 1));
  await store.database.users.updateOne({ _id: 'ann' }, { $set: { manualRoles: ['auditor'] } });
  await store.apply(member({ group: 'g1', user: 'ann' }, 'removed', at(2)));
  expect(await store.rolesOf('ann')).toEqual(['auditor', 'developer']);
  await store.apply(member({ group: 'g2', user: 'ann' }, 'removed', at(3)));
  expect(await store.rolesOf('ann')).toEqual(['auditor']);
});

test('roles go with the account and come back with it', async () => {
  await using store = await open('roles_state');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.apply(person('ann', at(2), { state: 'inactive' }));
  expect(await store.rolesOf('ann')).toEqual([]);
  await store.apply(person('ann', at(3)));
  expect(await store.rolesOf('ann')).toEqual(['developer']);
});

test("WorkOS's own role slugs are mapped, and follow the person's newest content", async () => {
  await using store = await open('roles_workos');
  await store.setPolicy({ roles: { groups: [], workos: { admin: ['owner'] } } });
  await store.apply(person('ann', at(1), { roles: ['admin', 'unknown'] }));
  expect(await store.rolesOf('ann')).toEqual(['owner']);
  await store.apply(person('ann', at(2), { roles: [] }));
  expect(await store.rolesOf('ann')).toEqual([]);
});

test('a role that pages of one listing give, and an event takes between them, is audited each time', async () => {
  await using store = await open('roles_one_cause');
  await store.setPolicy({ roles: DEVELOPERS });
  const cause = { event: null, key: 'backfill/directory_1/7' };
  const page = (...observations: readonly Observation[]) =>
    applyBatch(store.database, {
      directoryId: DIRECTORY,
      told: [{ cause, observations }],
      now: NOW,
    });
  await page(...inGroup('ann', 'g1', 1));
  await store.apply(member({ group: 'g1', user: 'ann' }, 'removed', at(2)));
  await page(...inGroup('ann', 'g2', 3));
  expect(await store.rolesOf('ann')).toEqual(['developer']);
  expect(await store.audited('role.granted')).toHaveLength(2);
  expect(await store.audited('role.revoked')).toHaveLength(1);
});

// wso2 scim2#432, Yuzu#2127, sim#7567
test('a renamed group takes its role from everybody, in chunks that go on after a crash', async () => {
  await using store = await open('roles_rename');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.addLikeAnn(519);
  await store.apply(group('g1', at(2), 'Sales'));
  const owed = await readDuties(store.database, directoryId(DIRECTORY), NOW);
  expect(owed.derivations).toBe(true);

  // A worker that is killed after this chunk leaves the position in the database.
  await store.deriveNext({ directoryId: DIRECTORY });
  expect(await store.database.users.countDocuments({ 'roles.role': 'developer' })).toBe(20);
  await store.derive();
  expect(await store.database.users.countDocuments({ 'roles.role': 'developer' })).toBe(0);
  expect(await store.audited('role.revoked')).toHaveLength(520);
  expect((await readDuties(store.database, directoryId(DIRECTORY), NOW)).derivations).toBe(false);
}, 60_000);

test('a deleted group takes its role from everybody with the memberships that end', async () => {
  await using store = await open('roles_group_deleted');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.addLikeAnn(29);
  await store.apply(groupDeleted('g1', at(2)));
  expect(await store.database.users.countDocuments({ 'roles.role': 'developer' })).toBe(0);
  expect(await store.audited('role.revoked')).toHaveLength(30);
}, 60_000);

test('a new policy derives everybody anew from what is stored, once for each real change', async () => {
  await using store = await open('derive_policy');
  await store.apply(
    ...inGroup('ann', 'g1', 1),
    person('bob', at(1), { customAttributes: { team: 'Blue' } }),
  );
  await store.apply(
    {
      of: 'user',
      id: person('cid', at(1)).id,
      directoryId: DIRECTORY,
      version: at(2),
      shows: 'deleted',
    },
    person('cid', at(1)),
  );
  await store.derive();
  const policy = {
    roles: DEVELOPERS,
    attributes: { team: ['custom_attributes.team'] },
    retentionDays: 1,
  };
  await store.setPolicy(policy);
  await store.derive();
  expect(await store.rolesOf('ann')).toEqual(['developer']);
  expect(await store.database.users.findOne({ _id: 'bob' })).toMatchObject({
    attributes: { team: 'Blue' },
  });
  const gone = await store.database.users.findOne({ _id: 'cid' });
  expect(gone?.hardDeleteAt).toEqual(new Date((gone?.deletedAt?.getTime() ?? 0) + DAY_MS));

  await store.setPolicy({});
  await store.derive();
  await store.setPolicy(policy);
  await store.derive();
  expect(await store.audited('role.granted')).toHaveLength(2);
  expect(await store.audited('role.revoked')).toEqual([
    { userId: 'ann', role: 'developer', eventId: null, reason: 'policy' },
  ]);
}, 30_000);

test('an attribute that a policy adds and a person lacks is null there, and no change of theirs', async () => {
  await using store = await open('derive_null_attribute');
  const { database } = store;
  await store.apply(
    person('ann', at(1), { customAttributes: { team: 'Blue' } }),
    person('bob', at(1)),
  );
  await store.derive();
  const policy = { attributes: { team: ['custom_attributes.team'] } };
  const previewed = async (next: object) => {
    const found: unknown[] = [];
    const of = { directoryId: DIRECTORY, policy: effectivePolicy(next, null) };
    for await (const page of previewPolicy(database, of))
      found.push(...page.differences.map(({ userId, attributes }) => [userId, attributes]));
    return found;
  };
  const updated = async () =>
    (await database.auditLog.find({ type: 'user.updated' }).toArray()).map(({ userId }) => userId);
  const bob = async () => database.users.findOne({ _id: 'bob' });
  const before = await bob();

  expect(await previewed(policy)).toEqual([['ann', ['team']]]);
  await store.setPolicy(policy);
  await store.derive();
  expect(await updated()).toEqual(['ann']);
  expect((await bob())?.attributes).toEqual({ ...before?.attributes, team: null });
  expect((await bob())?.updatedAt).toEqual(before?.updatedAt);
  expect(await previewed(policy)).toEqual([]);

  expect(await previewed({})).toEqual([['ann', ['team']]]);
  await store.setPolicy({});
  await store.derive();
  expect(await updated()).toEqual(['ann', 'ann']);
  expect((await bob())?.attributes).toEqual(before?.attributes);
}, 30_000);

test("a directory's own policy stands over the default, key by key", async () => {
  await using store = await open('derive_own_policy');
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.setPolicy({ roles: DEVELOPERS, retentionDays: 7 });
  await store.setPolicy(
    { roles: { groups: [{ group: 'g1', roles: ['lead'] }], workos: {} } },
    DIRECTORY,
  );
  await store.derive();
  expect(await store.rolesOf('ann')).toEqual(['lead']);
});

test('a policy that somebody wrote wrongly by hand does not hold, and asks for attention', async () => {
  await using store = await open('derive_bad_policy');
  await store.setPolicy({ retentionDays: 'ninety', roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.apply({
    of: 'user',
    id: person('ann', at(1)).id,
    directoryId: DIRECTORY,
    version: at(2),
    shows: 'deleted',
  });
  const gone = await store.database.users.findOne({ _id: 'ann' });
  expect(gone?.hardDeleteAt).toEqual(new Date((gone?.deletedAt?.getTime() ?? 0) + 90 * DAY_MS));
  await store.derive();
  expect(await store.database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    attention: 'policy-invalid',
  });
  // Nobody is derived by what would hold instead.
  expect((await readDuties(store.database, directoryId(DIRECTORY), NOW)).derivations).toBe(false);
  await store.setPolicy({ retentionDays: 5 });
  await store.derive();
  expect(await store.database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    attention: null,
  });
});

test('a typing error in the roles gives and takes none, but of those who lose access', async () => {
  await using store = await open('derive_bad_roles');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.apply(...inGroup('bob', 'g1', 2));
  await store.derive();
  const unsound = { roles: { groups: [{ group: 'Engineering', role: 'developer' }] } };
  await store.setPolicy(unsound);
  await store.apply(person('ann', at(5), { firstName: 'Anna' }));
  await store.apply(...inGroup('cid', 'g1', 6));
  await store.apply(person('bob', at(7), { state: 'inactive' }));
  await store.derive();

  expect(await store.rolesOf('ann')).toEqual(['developer']);
  expect(await store.rolesOf('bob')).toEqual([]);
  expect(await store.rolesOf('cid')).toEqual([]);
  await store.setPolicy({ roles: DEVELOPERS });
  await store.derive();
  expect(await store.rolesOf('cid')).toEqual(['developer']);
});

test.each<[string, object]>([
  ['a mistyped key', { role: DEVELOPERS, attributes: TEAM, retentionDays: 30 }],
  ['wrong roles, attributes and days', { roles: 1, attributes: { team: 1 }, retentionDays: 'x' }],
])(
  'whatever comes in while a policy has %s follows the same policy once it is put back',
  async (_what, unsound) => {
    await using store = await open('derive_put_back');
    const sound = { roles: DEVELOPERS, attributes: TEAM, retentionDays: 30 };
    await store.setPolicy(sound);
    const team = { customAttributes: { team: 'blue' } };
    await store.apply(...inGroup('ann', 'g1', 1));
    await store.apply(...inGroup('bob', 'g1', 2));
    await store.apply(person('cid', at(4), team));
    await store.derive();

    await store.setPolicy(unsound);
    await store.apply(person('ann', at(10), { firstName: 'Anna', ...team }));
    await store.apply(person('cid', at(11), { firstName: 'Cid', ...team }));
    await store.apply(personDeleted('bob', at(12)));
    await store.apply(group('g1', at(13), 'Sales'));
    await store.derive();
    expect(await store.rolesOf('ann')).toEqual(['developer']);

    await store.setPolicy(sound);
    await store.derive();
    expect(await store.rolesOf('ann')).toEqual([]);
    await store.apply(group('g1', at(14), 'Engineering'));
    await store.derive();
    expect(await store.rolesOf('ann')).toEqual(['developer']);
    expect(await store.database.users.findOne({ _id: 'cid' })).toMatchObject({
      attributes: { team: 'blue' },
    });
    const bob = await store.database.users.findOne({ _id: 'bob' });
    expect(bob?.hardDeleteAt).toEqual(new Date((bob?.deletedAt?.getTime() ?? 0) + 30 * DAY_MS));
    expect(await store.database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
      attention: null,
    });
  },
);

test("a directory's own sound roles hold whatever is wrong in the default ones", async () => {
  await using store = await open('derive_own_sound');
  await store.setPolicy({ roles: 'none' });
  await store.setPolicy({ roles: DEVELOPERS }, DIRECTORY);
  await store.apply(...inGroup('ann', 'g1', 1));
  expect(await store.rolesOf('ann')).toEqual(['developer']);
});

test('a typing error in a key that derives nobody asks for attention too, until it is mended', async () => {
  await using store = await open('derive_bad_contact');
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.derive();
  const attention = async () =>
    (await store.database.directories.findOne({ _id: DIRECTORY }))?.attention;
  const look = async () => {
    const { derivations } = await readDuties(store.database, directoryId(DIRECTORY), NOW);
    if (derivations) await store.derive();
    return attention();
  };
  await store.setPolicy({ onDirectoryDeleted: 'deprovison' });
  expect(await look()).toBe('policy-invalid');
  await store.setPolicy({ onDirectoryDeleted: 'deprovision' });
  expect(await look()).toBe(null);
});

test('whoever loses a membership is written, so that a listing that shows them at this moment conflicts', async () => {
  await using store = await open('derive_skew');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.apply(person('ann', at(4), { state: 'inactive' }));
  const rev = async () => (await store.database.users.findOne({ _id: 'ann' }))?.sync.rev ?? -1;
  const before = await rev();
  await store.apply(groupDeleted('g1', at(5)));
  expect(await rev()).toBeGreaterThan(before);
});

test('an account that the application deleted and the directory brings anew loses the roles of a deleted group', async () => {
  await using store = await open('derive_anew');
  await store.setPolicy({ roles: DEVELOPERS });
  const { database } = store;
  await database.db
    .collection<{ _id: string }>('users')
    .insertOne(Object.assign({ _id: 'account_ann' }, { directoryUserId: 'ann' }));
  await store.apply(...inGroup('ann', 'g1', 1));
  expect(await store.rolesOf('account_ann')).toEqual(['developer']);
  await database.users.deleteOne({ _id: 'account_ann' });
  await store.apply(person('ann', at(5)));
  expect(await store.rolesOf('ann')).toEqual(['developer']);
  await store.apply(groupDeleted('g1', at(6)));
  expect(await store.rolesOf('ann')).toEqual([]);
});

test('what a directory sends is mapped to attributes with the event that brings it', async () => {
  await using store = await open('derive_attributes');
  await store.apply(
    person('ann', at(1), { rawAttributes: { manager: { value: 'm1' }, title: 'Lead' } }),
  );
  expect(await store.database.users.findOne({ _id: 'ann' })).toMatchObject({
    attributes: { managerId: 'm1', jobTitle: 'Lead', department: null },
  });
});

test('a policy that is taken back before everybody was derived leaves nothing of itself', async () => {
  await using store = await open('derive_back');
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.derive();
  const change = { directoryId: null, changeId: 'c1', now: NOW };
  await replacePolicy(store.database, { ...change, policy: { roles: DEVELOPERS } });
  // A live event meets the policy that was meant for a minute only.
  await store.apply(person('ann', at(3), { firstName: 'Anna' }));
  expect(await store.rolesOf('ann')).toEqual(['developer']);
  await replacePolicy(store.database, { ...change, changeId: 'c2', policy: {} });
  await store.derive();
  expect(await store.rolesOf('ann')).toEqual([]);
});

test('an account that MongoDB refuses keeps nobody else from being derived', async () => {
  await using store = await open('derive_refused');
  await store.apply(...inGroup('ann', 'g1', 1), ...inGroup('bob', 'g1', 1));
  await store.derive();
  await store.database.db.command({
    collMod: 'users',
    validator: { $or: [{ _id: { $ne: 'ann' } }, { roles: { $size: 0 } }] },
  });
  await store.setPolicy({ roles: DEVELOPERS });
  await store.derive();
  expect(await store.rolesOf('bob')).toEqual(['developer']);
  expect(await store.rolesOf('ann')).toEqual([]);
  expect(await store.database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    attention: 'account-refused',
  });
});

test('whatever an application keeps as manualRoles, only names count', async () => {
  await using store = await open('derive_manual');
  for (const [index, kept] of ['admin', { admin: true }, 5, [null, {}, ' ', 'auditor']].entries()) {
    await store.apply(person(`user_${index}`, at(1)));
    await store.database.users.updateOne(
      { _id: `user_${index}` },
      { $set: { manualRoles: kept as string[] } },
    );
    await store.apply(person(`user_${index}`, at(2), { firstName: 'New' }));
  }
  expect(await Promise.all([0, 1, 2, 3].map((index) => store.rolesOf(`user_${index}`)))).toEqual([
    [],
    [],
    [],
    ['auditor'],
  ]);
});

test('members beyond the first thousand of a deleted group lose its role, too', async () => {
  await using store = await open('roles_many_members');
  await store.setPolicy({ roles: DEVELOPERS });
  await store.apply(...inGroup('ann', 'g1', 1));
  await store.addLikeAnn(1050);
  await store.apply(groupDeleted('g1', at(2)));
  while ((await store.endLeft({ directoryId: DIRECTORY })).left);
  expect(await store.database.users.countDocuments({ 'roles.role': 'developer' })).toBe(0);
  expect(await store.database.groupMembers.countDocuments({ removedAt: null })).toBe(0);
}, 120_000);
