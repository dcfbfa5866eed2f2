import { describe, expect, test } from '@jest/globals';

import { accessOf } from '../../src/domain/access.ts';
import { directoryUserId, membershipId, groupId } from '../../src/domain/ids.ts';
import { owesRead } from '../../src/domain/record.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/domain/policy.ts';
import { createDirectoryInMemory, type DirectoryInMemory } from './directory-in-memory.ts';
import {
  at,
  fence,
  group,
  groupDeleted,
  member,
  person,
  personDeleted,
  told,
} from './observations.ts';

const ann = directoryUserId('ann');
const STAFF = { group: 'staff', user: 'ann' } as const;

const accessIn = (directory: DirectoryInMemory) => {
  const known = directory.users.get(ann);
  return known === undefined ? undefined : accessOf(known.record);
};
const isMember = (directory: DirectoryInMemory): boolean | undefined =>
  directory.memberships.get(membershipId(groupId('staff'), ann))?.live;
const types = (directory: DirectoryInMemory): readonly string[] =>
  directory.audit.map((entry) => entry.type);

const joined = (): DirectoryInMemory => {
  const directory = createDirectoryInMemory();
  directory.apply([
    told(person('ann', at(1)), group('staff', at(1)), member(STAFF, 'added', at(1))),
  ]);
  return directory;
};

const purged = (): DirectoryInMemory => {
  const directory = createDirectoryInMemory();
  directory.apply([
    told(person('ann', at(1)), group('staff', at(1)), member(STAFF, 'added', at(1))),
  ]);
  directory.apply([told(personDeleted('ann', at(5)))]);
  directory.purge(ann);
  return directory;
};

describe('a deletion', () => {
  test('of a person only ever seen deleted makes no account', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(personDeleted('ann', at(5)))]);
    expect(directory.users.get(ann)?.home).toBe('tombstone');
    expect(accessIn(directory)?.exists).toBe(false);
    expect(directory.mails).toEqual([]);
  });

  test('that overtook its creation leaves a soft-deleted account without welcome mail', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(personDeleted('ann', at(5)))]);
    directory.apply([told(person('ann', at(3)))]);
    expect(accessIn(directory)).toEqual({
      exists: true,
      enabled: false,
      state: 'inactive',
      deletedAt: 5,
      deletionReason: 'directory_sync',
    });
    expect(directory.users.get(ann)?.home).toBe('account');
    expect(directory.mails).toEqual([]);
  });

  test('ends sessions, and those of an account first seen without access too', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(person('ann', at(1)))]);
    const left = directory.apply([told(personDeleted('ann', at(2)))]);
    const late = directory.apply([told(personDeleted('bob', at(5))), told(person('bob', at(3)))]);
    expect([...left.users, ...late.users].map((change) => change.revokeSessions)).toEqual([
      true,
      true,
    ]);
  });

  test('keeps its time when later listings miss the person again', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(person('ann', at(1)))]);
    directory.apply([told(personDeleted('ann', fence(5)))]);
    expect(accessIn(directory)).toMatchObject({
      deletedAt: 5,
      deletionReason: 'missing_from_directory',
    });
    directory.apply([told(personDeleted('ann', fence(9)))]);
    expect(accessIn(directory)).toMatchObject({
      deletedAt: 5,
      deletionReason: 'missing_from_directory',
    });
    expect(types(directory).filter((type) => type === 'user.deprovisioned')).toHaveLength(1);
  });

  test('is the directory’s own as soon as an event says so, whenever it arrives', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(person('ann', at(1)))]);
    directory.apply([told(personDeleted('ann', fence(5)))]);
    directory.apply([told(personDeleted('ann', at(4)))]);
    expect(accessIn(directory)).toMatchObject({ deletedAt: 4, deletionReason: 'directory_sync' });
  });

  test('of an earlier life gives no reason to a later absence', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(person('ann', at(1)))]);
    directory.apply([told(personDeleted('ann', at(2)))]);
    directory.apply([told(person('ann', at(3)))]);
    expect(accessIn(directory)).toMatchObject({ enabled: true, deletedAt: null });
    directory.apply([told(personDeleted('ann', fence(6)))]);
    expect(accessIn(directory)).toMatchObject({
      deletedAt: 6,
      deletionReason: 'missing_from_directory',
    });
  });

  test('cannot be undone by an event older than a complete listing that missed the person', () => {
    const directory = createDirectoryInMemory();
    directory.setDirectory({ usersListed: fence(10) });
    directory.apply([told(person('ann', at(8)))]);
    expect(accessIn(directory)).toMatchObject({ exists: true, enabled: false, deletedAt: 10 });
    directory.apply([told(person('ann', at(11)))]);
    expect(accessIn(directory)).toMatchObject({ enabled: true, deletedAt: null });
  });
});

describe('a deactivation', () => {
  test('takes access and sessions, and keeps memberships', () => {
    const directory = createDirectoryInMemory();
    directory.apply([
      told(person('ann', at(1)), group('staff', at(1)), member(STAFF, 'added', at(1))),
    ]);
    const plan = directory.apply([told(person('ann', at(2), { state: 'inactive' }))]);
    expect(accessIn(directory)).toMatchObject({
      enabled: false,
      state: 'inactive',
      deletedAt: null,
    });
    expect(plan.users[0]?.revokeSessions).toBe(true);
    expect(isMember(directory)).toBe(true);
    expect(types(directory)).toContain('user.deactivated');
    expect(types(directory)).not.toContain('user.deprovisioned');
  });

  test('of a person that was never active makes an account without mail or access', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(person('ann', at(1), { state: 'inactive' }))]);
    expect(accessIn(directory)).toMatchObject({ exists: true, enabled: false });
    expect(directory.mails).toEqual([]);
  });
});

describe('a membership', () => {
  test('ends with its group, and its trailing removal changes nothing more', () => {
    const directory = joined();
    directory.apply([told(groupDeleted('staff', at(5)))]);
    expect(isMember(directory)).toBe(false);
    directory.apply([told(member(STAFF, 'removed', at(6)))]);
    expect(isMember(directory)).toBe(false);
    expect(accessIn(directory)).toMatchObject({ enabled: true });
    expect(directory.apply([told(member(STAFF, 'removed', at(6)))]).memberships).toEqual([]);
  });

  test('removed after its person left does not bring the person back', () => {
    const directory = joined();
    directory.apply([told(personDeleted('ann', at(5)))]);
    directory.apply([told(member(STAFF, 'removed', at(6)))]);
    expect(accessIn(directory)).toMatchObject({ enabled: false, deletedAt: 5 });
    expect(isMember(directory)).toBe(false);
  });

  test('told before its person and its group is kept, with both', () => {
    const directory = joined();
    expect(isMember(directory)).toBe(true);
    directory.apply([told(group('staff', at(0))), told(person('ann', at(0)))]);
    expect(isMember(directory)).toBe(true);
  });

  test('that a complete read of its person does not show is over', () => {
    const directory = joined();
    directory.apply([], [{ fence: fence(5), users: [ann], groups: [] }]);
    expect(isMember(directory)).toBe(false);
    directory.apply([told(person('ann', at(6)), member(STAFF, 'added', at(6)))]);
    expect(isMember(directory)).toBe(true);
  });
});

describe('a complete read', () => {
  test('of a group ends what it does not show and keeps what it does', () => {
    const directory = joined();
    const bob = { group: 'staff', user: 'bob' } as const;
    directory.apply([told(person('bob', at(2)), member(bob, 'added', at(2)))]);
    directory.apply(
      [told(member(bob, 'added', fence(5)))],
      [{ fence: fence(5), users: [], groups: [groupId('staff')] }],
    );
    const live = [...directory.memberships].filter(([, known]) => known.live).map(([id]) => id);
    expect(live).toEqual([membershipId(groupId('staff'), directoryUserId('bob'))]);
  });

  test('that began before the deletion does not settle the debt; a later one does', () => {
    const directory = joined();
    directory.apply([told(personDeleted('ann', at(5))), told(person('ann', at(6)))]);
    const owes = (): boolean | undefined => {
      const known = directory.users.get(ann);
      return known && owesRead(known.record, null);
    };
    expect(owes()).toBe(true);
    directory.apply([], [{ fence: fence(4), users: [ann], groups: [] }]);
    expect(owes()).toBe(true);
    directory.apply([], [{ fence: fence(7), users: [ann], groups: [] }]);
    expect(owes()).toBe(false);
    directory.apply([told(personDeleted('ann', at(8))), told(person('ann', at(9)))]);
    expect(owes()).toBe(true);
    const known = directory.users.get(ann);
    expect(known && owesRead(known.record, fence(10))).toBe(false);
  });

  test('is owed by a person who becomes active again, and by nobody who left', () => {
    const directory = joined();
    directory.apply([told(person('ann', at(2), { state: 'inactive' }))]);
    directory.apply([told(person('ann', at(3)))]);
    const active = directory.users.get(ann);
    expect(active && owesRead(active.record, null)).toBe(true);
    directory.apply([told(personDeleted('ann', at(4)))]);
    const left = directory.users.get(ann);
    expect(left && owesRead(left.record, null)).toBe(false);
  });
});

describe('content', () => {
  test('is the newest by its own date, not by when it was told of', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(person('ann', at(5), { updatedAt: 5, email: 'new@example.com' }))]);
    directory.apply([told(person('ann', at(7), { updatedAt: 4, email: 'old@example.com' }))]);
    const record = directory.users.get(ann)?.record;
    expect(record?.dated?.content.email).toBe('new@example.com');
    expect(record?.life.alive).toBe(at(7));
  });

  test('told of after a deletion changes the content and nothing else', () => {
    const directory = joined();
    directory.apply([told(personDeleted('ann', at(9)))]);
    const plan = directory.apply([told(person('ann', at(5), { email: 'new@example.com' }))]);
    expect(plan.users[0]?.content?.email).toBe('new@example.com');
    expect(plan.users[0]?.revokeSessions).toBe(false);
    expect(accessIn(directory)).toMatchObject({ enabled: false, deletedAt: 9 });
  });
});

test('the audit names the newest observation of a membership as its cause', () => {
  const directory = createDirectoryInMemory();
  directory.apply([5, 3, 4].map((time) => told(member(STAFF, 'added', at(time)))));
  expect(directory.audit).toMatchObject([
    { type: 'membership.added', cause: { event: 'event_000005' } },
  ]);
});

describe('the welcome mail', () => {
  test('is sent once, whatever is repeated, edited, left and returned', () => {
    const directory = createDirectoryInMemory();
    const events = [
      told(person('ann', at(1))),
      told(person('ann', at(2))),
      told(personDeleted('ann', at(3))),
      told(person('ann', at(4))),
    ];
    for (const event of [...events, ...events]) directory.apply([event]);
    expect(directory.mails).toHaveLength(1);
  });

  test('is sent once for Entra’s pair of created and updated, together or apart', () => {
    const pair = [told(person('ann', at(1))), told(person('ann', at(2), { firstName: 'Ann' }))];
    const together = createDirectoryInMemory();
    together.apply(pair);
    const apart = createDirectoryInMemory();
    for (const event of pair) apart.apply([event]);
    expect([together.mails.length, apart.mails.length]).toEqual([1, 1]);
  });

  test('waits for an e-mail address', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(person('ann', at(1), { email: null }))]);
    expect(directory.mails).toEqual([]);
    directory.apply([told(person('ann', at(2)))]);
    expect(directory.mails).toHaveLength(1);
  });

  test('of the first backfill is kept back by the policy `live`, for good', () => {
    const directory = createDirectoryInMemory({ ...DEFAULT_POLICY, welcomeMail: 'live' });
    directory.apply([told(person('ann', fence(1)))]);
    directory.setDirectory({ lastSyncedAt: 2 });
    directory.apply([told(person('ann', at(3))), told(person('bob', at(3)))]);
    expect(directory.mails.map((mail) => mail.user)).toEqual(['bob']);
  });

  test('is sent to nobody by the policy `none`', () => {
    const directory = createDirectoryInMemory({ ...DEFAULT_POLICY, welcomeMail: 'none' });
    directory.setDirectory({ lastSyncedAt: 2 });
    directory.apply([told(person('ann', at(3)))]);
    expect(directory.mails).toEqual([]);
  });
});

/** Who is welcomed after all at a return under a new policy. */
const welcomedAgain = (policy: Partial<Policy>) => {
  const directory = createDirectoryInMemory();
  directory.apply([told(person('ann', at(1)))]);
  directory.apply([told(personDeleted('ann', at(2)))]);
  directory.setPolicy(policy);
  return directory.apply([told(person('ann', at(3)))]).mailsAgain.map(({ user }) => user);
};

describe('the welcome mail of somebody who returns', () => {
  test('is sent after all if it was given up', () => {
    expect(welcomedAgain({})).toEqual(['ann']);
  });

  test('is not, once the policy says that nobody is welcomed', () => {
    expect(welcomedAgain({ welcomeMail: 'none' })).toEqual([]);
    expect(welcomedAgain({ welcomeMail: 'live' })).toEqual([]);
  });
});

describe('a purged person', () => {
  test('stays away from events older than the deletion', () => {
    const directory = purged();
    const plan = directory.apply([
      told(person('ann', at(3)), group('staff', at(3)), member(STAFF, 'added', at(3))),
    ]);
    expect(plan.users).toEqual([]);
    expect(plan.memberships).toEqual([]);
    expect(directory.users.get(ann)?.record).toMatchObject({ dated: null });
    expect(isMember(directory)).toBeUndefined();
  });

  test('returns for newer ones, with nothing of the old life', () => {
    const directory = purged();
    directory.apply([told(person('ann', at(9)))]);
    expect(accessIn(directory)).toMatchObject({ enabled: true, deletedAt: null });
    expect(directory.users.get(ann)).toMatchObject({ home: 'account', purged: false });
  });

  test('who returned and left again is soft-deleted, in one batch as in two', () => {
    const events = [told(person('ann', at(8))), told(personDeleted('ann', at(9)))];
    const together = purged();
    together.apply(events);
    const apart = purged();
    for (const event of events) apart.apply([event]);
    expect(together.outcome()).toEqual(apart.outcome());
    expect(accessIn(together)).toMatchObject({ exists: true, enabled: false, deletedAt: 9 });
  });
});
