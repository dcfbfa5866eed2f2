import { expect, test } from '@jest/globals';
import type { BatchState } from '../../src/domain/batch-state.ts';
import { directoryUserId, userId } from '../../src/domain/ids.ts';
import { arrivals, linkByEmail, type AddressHolder } from '../../src/domain/link-by-email.ts';
import { planBatch } from '../../src/domain/plan-batch.ts';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import type { Told } from '../../src/domain/told.ts';
import { createDirectoryInMemory } from './directory-in-memory.ts';
import {
  at,
  DIRECTORY,
  directoryActivated,
  fence,
  member,
  person,
  personDeleted,
  told,
} from './observations.ts';

const BY_EMAIL = { ...DEFAULT_POLICY, linking: { by: 'email', domains: ['example.com'] } } as const;

/** A directory of the organization org_1 that knows what it was told. */
const directory = (
  policy = BY_EMAIL as typeof DEFAULT_POLICY,
  ...known: readonly Told[]
): BatchState => {
  const memory = createDirectoryInMemory(policy);
  memory.apply([told(directoryActivated(at(0))), ...known]);
  const { users, groups, memberships } = memory;
  return {
    directoryId: DIRECTORY,
    directory: memory.directory(),
    policy,
    users,
    groups,
    memberships,
  };
};

const account = (id: string, rest: Partial<AddressHolder> = {}): AddressHolder => ({
  id: userId(id),
  email: 'ada@example.com',
  organizationId: 'org_1',
  directoryUserId: null,
  onceOwned: false,
  hasRoles: false,
  ...rest,
});

const ada = (id = 'user_1', time = 5) => person(id, at(time), { email: 'Ada@Example.com' });

/** Who gets which account, and what is doubted. */
const linked = (state: BatchState, batch: readonly Told[], holders: readonly AddressHolder[]) => {
  const after = linkByEmail(state, arrivals(state, batch), holders);
  return {
    accounts: planBatch(after, batch).users.map(({ id, known }) => [id, known.userId]),
    doubts: (after.linkDoubts ?? []).map(({ metadata }) => metadata),
  };
};

const NO_DOUBT = { doubts: [] };

test('a newcomer gets the only account that carries their address, whatever its case', () => {
  expect(linked(directory(), [told(ada())], [account('account_1')])).toEqual({
    accounts: [['user_1', 'account_1']],
    ...NO_DOUBT,
  });
});

test('nobody is looked for unless the policy says so, and for no domain that it does not list', () => {
  const none = directory(DEFAULT_POLICY);
  expect(arrivals(none, [told(ada())]).newcomers).toEqual([]);
  const noDomain = { ...DEFAULT_POLICY, linking: { by: 'email', domains: [] } } as const;
  expect(arrivals(directory(noDomain), [told(ada())]).newcomers).toEqual([]);
  for (const email of [
    'ada@other.com',
    'ada@sub.example.com',
    'ada@example.com.evil.net',
    'ada@example.com@evil.net',
    'example.com',
    null,
  ])
    expect(arrivals(directory(), [told(person('user_1', at(5), { email }))]).newcomers).toEqual([]);
  const listed = { ...BY_EMAIL, linking: { by: 'email', domains: ['EXAMPLE.com'] } } as const;
  expect(arrivals(directory(listed), [told(ada())]).newcomers).toHaveLength(1);
});

test('of two accounts none is linked, and both are told', () => {
  expect(linked(directory(), [told(ada())], [account('account_1'), account('account_2')])).toEqual({
    accounts: [['user_1', 'user_1']],
    doubts: [{ accounts: 'account_1 account_2', directoryUsers: 'user_1' }],
  });
});

test('of two people who bring one address none is linked, and both are told', () => {
  expect(linked(directory(), [told(ada()), told(ada('user_2'))], [account('account_1')])).toEqual({
    accounts: [
      ['user_1', 'user_1'],
      ['user_2', 'user_2'],
    ],
    doubts: [
      { accounts: 'account_1', directoryUsers: 'user_1 user_2' },
      { accounts: 'account_1', directoryUsers: 'user_1 user_2' },
    ],
  });
});

test('an address that another person of the organization carries or carried links nobody', () => {
  const theirs = account('user_9', { directoryUserId: directoryUserId('user_9'), onceOwned: true });
  expect(linked(directory(), [told(ada())], [account('account_1'), theirs])).toEqual({
    accounts: [['user_1', 'user_1']],
    doubts: [{ accounts: 'account_1', directoryUsers: 'user_1 user_9' }],
  });
  // Somebody who is known, and takes the address in this very batch.
  const known = directory(BY_EMAIL, told(person('user_9', at(1))));
  expect(
    linked(known, [told(ada()), told(ada('user_9', 6))], [account('account_1')]).doubts,
  ).toEqual([{ accounts: 'account_1', directoryUsers: 'user_1 user_9' }]);
});

test('somebody who is not active gets no account: it may be their namesake’s', () => {
  const suspended = person('user_0', at(5), { email: 'ada@example.com', state: 'inactive' });
  const free = account('account_1');
  expect(linked(directory(), [told(suspended)], [free])).toEqual({
    accounts: [['user_0', 'user_0']],
    ...NO_DOUBT,
  });
  const activeToo = linked(directory(), [told(suspended), told(ada())], [free]);
  expect(activeToo.accounts).toContainEqual(['user_0', 'user_0']);
  expect(activeToo.doubts).toContainEqual({
    accounts: 'account_1',
    directoryUsers: 'user_0 user_1',
  });
});

test('an address whose account another directory user has is in doubt, and both are told', () => {
  const theirs = account('account_1', {
    directoryUserId: directoryUserId('user_0'),
    onceOwned: true,
  });
  const both = { accounts: 'account_1', directoryUsers: 'user_0 user_1' };
  expect(linked(directory(), [told(ada())], [theirs])).toEqual({
    accounts: [['user_1', 'user_1']],
    doubts: [both],
  });
  const suspended = person('user_1', at(5), { email: 'ada@example.com', state: 'inactive' });
  expect(linked(directory(), [told(suspended)], [theirs]).doubts).toEqual([both]);
});

test('a recycled address inherits nothing, and nothing is in doubt', () => {
  for (const owned of [
    account('user_0', { directoryUserId: directoryUserId('user_0'), onceOwned: true }),
    account('account_1', { onceOwned: true }),
  ])
    expect(linked(directory(), [told(ada())], [owned])).toEqual({
      accounts: [['user_1', 'user_1']],
      ...NO_DOUBT,
    });
});

test('an account of another organization, or of none, or with an address alike, is left alone', () => {
  for (const other of [
    account('account_1', { organizationId: 'org_2' }),
    account('account_1', { organizationId: null }),
    account('account_1', { email: 'adà@example.com' }),
  ])
    expect(linked(directory(), [told(ada())], [other])).toEqual({
      accounts: [['user_1', 'user_1']],
      ...NO_DOUBT,
    });
});

test('an event that names another organization gets nobody an account of that one', () => {
  const stray = person('user_1', at(5), { email: 'ada@example.com', organizationId: 'org_2' });
  expect(
    linked(directory(), [told(stray)], [account('account_2', { organizationId: 'org_2' })])
      .accounts,
  ).toEqual([['user_1', 'user_1']]);
});

test('only the first sight links: neither a known person, nor somebody deleted, nor a return', () => {
  const known = directory(BY_EMAIL, told(person('user_1', at(1), { email: null })));
  expect(arrivals(known, [told(ada())]).newcomers).toEqual([]);
  const tombstone = directory(BY_EMAIL, told(personDeleted('user_1', at(1))));
  expect(arrivals(tombstone, [told(ada())]).newcomers).toEqual([]);
  expect(
    arrivals(directory(), [told(ada()), told(personDeleted('user_1', at(6)))]).newcomers,
  ).toEqual([]);
  const listed = { ...directory(), directory: { ...directory().directory, usersListed: fence(9) } };
  expect(arrivals(listed, [told(ada())]).newcomers).toEqual([]);
  const ended = { ...directory(), directory: { ...directory().directory, deprovisioned: at(9) } };
  expect(arrivals(ended, [told(ada())]).newcomers).toEqual([]);
});

test('the newest address of a batch counts, in whatever order it comes', () => {
  const older = told(person('user_1', at(5), { email: 'old@example.com' }));
  const newer = told(person('user_1', at(6), { email: 'ada@example.com' }));
  for (const batch of [
    [older, newer],
    [newer, older],
  ])
    expect(linked(directory(), batch, [account('account_1')]).accounts).toEqual([
      ['user_1', 'account_1'],
    ]);
});

test('memberships and the audit of the first batch name the linked account', () => {
  const state = directory();
  const batch = [told(ada()), told(member({ group: 'group_1', user: 'user_1' }, 'added', at(7)))];
  const after = linkByEmail(state, arrivals(state, batch), [account('account_1')]);
  const plan = planBatch(after, batch);
  expect(plan.memberships.map((one) => one.userId)).toEqual(['account_1']);
  expect(plan.mails).toEqual([]);
  expect(plan.audit.map(({ type, userId: id, reason }) => [type, id, reason])).toEqual([
    ['user.linked', 'account_1', 'email-policy'],
    ['membership.added', 'account_1', 'directory_sync'],
  ]);
});
