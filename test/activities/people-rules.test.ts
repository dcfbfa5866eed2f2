import { describe, expect, test } from '@jest/globals';
import { createPayOwedReads } from '../../activities/pay-owed-reads.ts';
import { createPurgeDue } from '../../activities/purge-due.ts';
import { at, DIRECTORY, group, page, person, syncedDirectory } from './synced-directory.ts';

const DAY = 86_400;

/** A directory that tells by events; `told` tells one and applies it, at that second of our clock too. */
const directory = async (name: string) => {
  const synced = await syncedDirectory(name);
  const { database } = synced;
  const told = async (type: string, second: number, data: Record<string, unknown>) => {
    synced.clock.now = at(second);
    await synced.accept(type, second, data);
    await synced.drain();
  };
  return {
    ...synced,
    told,
    user: (change: 'created' | 'updated' | 'deleted', second: number, fields: object = {}) =>
      told(`dsync.user.${change}`, second, {
        ...person('ann'),
        updated_at: at(second).toISOString(),
        ...fields,
      }),
    member: (change: 'added' | 'removed', of: string, second: number) =>
      told(`dsync.group.user_${change}`, second, {
        directory_id: DIRECTORY,
        user: person('ann'),
        group: group(of),
      }),
    ann: () => database.users.findOne({ _id: 'ann' }),
    signIn: (id: string) => database.sessions.insertOne({ _id: id, userId: 'ann' }),
    sessions: () => database.sessions.distinct('_id'),
    log: async () => {
      const entries = await database.auditLog.find({ userId: 'ann' }).sort({ at: 1 }).toArray();
      return entries.map(({ type, reason }) => `${type} ${reason}`);
    },
  };
};

describe('access', () => {
  // Taking "inactive" for a plain update is the most common integrator bug (dust#27643, gram#4283).
  test.each(['inactive', 'suspended', 'Active', '', null, 7])(
    'B9: the state %p is not active: the account is disabled, logged, its sessions gone',
    async (state) => {
      await using synced = await directory('rule-inactive');
      await synced.user('created', 1);
      await synced.signIn('s1');
      await synced.user('updated', 2, { state });
      expect(await synced.ann()).toMatchObject({
        enabled: false,
        state: 'inactive',
        deletedAt: null,
        hardDeleteAt: null,
        sessionsRevokedAt: at(2),
      });
      expect(await synced.sessions()).toEqual([]);
      expect(await synced.log()).toContain('user.deactivated directory_sync');
    },
  );

  // A deprovision ends login sessions (keycloak#37981, #52642, estuary/flow#2768, cloudflare-docs#21381).
  test('B3: each loss of access ends the sessions and says when; a return revives none', async () => {
    await using synced = await directory('rule-sessions');
    await synced.user('created', 1);
    expect(await synced.ann()).toMatchObject({ sessionsRevokedAt: null });

    await synced.signIn('s1');
    await synced.user('updated', 2, { state: 'inactive' });
    await synced.user('updated', 3);
    expect(await synced.ann()).toMatchObject({ enabled: true, sessionsRevokedAt: at(2) });
    expect(await synced.sessions()).toEqual([]);

    await synced.signIn('s2');
    await synced.user('updated', 4, { first_name: 'Ann' });
    expect(await synced.sessions()).toEqual(['s2']);
    await synced.user('deleted', 5);
    await synced.user('updated', 6);
    expect(await synced.ann()).toMatchObject({ enabled: true, sessionsRevokedAt: at(5) });
    expect(await synced.sessions()).toEqual([]);
    expect(await synced.log()).toEqual([
      'user.provisioned directory_sync',
      'user.updated directory_sync',
      'user.deactivated directory_sync',
      'user.updated directory_sync',
      'user.reactivated directory_sync',
      'user.updated directory_sync',
      'user.deprovisioned directory_sync',
      'user.updated directory_sync',
      'user.reactivated directory_sync',
    ]);
  });

  test('B3: a loss and a return in one batch end the sessions all the same', async () => {
    await using synced = await directory('rule-batch');
    await synced.user('created', 1);
    await synced.signIn('s1');
    await synced.accept('dsync.user.deleted', 2, person('ann'));
    await synced.user('updated', 3);
    expect(await synced.ann()).toMatchObject({ enabled: true, sessionsRevokedAt: at(3) });
    expect(await synced.sessions()).toEqual([]);
  });

  // A return gives back only what sync revoked (litellm#26861).
  test('B3: a return gives back what the directory shows, and nothing that it does not', async () => {
    await using synced = await directory('rule-give-back');
    await synced.user('created', 1);
    await synced.member('added', 'staff', 2);
    await synced.member('added', 'admins', 3);
    await synced.user('updated', 4, { state: 'inactive' });
    synced.listings.groups = () =>
      Promise.resolve({ ...page([group('staff')]), date: at(50).getTime() });
    await synced.user('updated', 10);
    synced.clock.now = at(50);
    await createPayOwedReads(synced.deps)({ directoryId: DIRECTORY });
    expect(await synced.database.groupMembers.distinct('groupId', { removedAt: null })).toEqual([
      'staff',
    ]);
  });

  // A person disabled by hand is not re-enabled by a sync (RocketChat#17561).
  test('what the application keeps in an account survives every change of it', async () => {
    await using synced = await directory('rule-own-fields');
    await synced.user('created', 1);
    const own = {
      blockedBySupport: true,
      manualRoles: ['billing'],
      preferences: { theme: 'dark' },
    };
    await synced.database.users.updateOne({ _id: 'ann' }, { $set: own });
    await synced.user('updated', 2, { state: 'inactive' });
    await synced.user('deleted', 3);
    await synced.user('updated', 4);
    expect(await synced.ann()).toMatchObject({ enabled: true, ...own });
  });

  test('B3: who returns without access is not purged either, and the log says so', async () => {
    await using synced = await directory('rule-return-inactive');
    await synced.user('created', 1, { updated_at: at(1).toISOString() });
    await synced.user('deleted', 2);
    await synced.user('updated', 3, { state: 'inactive', updated_at: at(1).toISOString() });
    expect(await synced.ann()).toMatchObject({
      enabled: false,
      deletedAt: null,
      deletionReason: null,
      hardDeleteAt: null,
    });
    expect((await synced.log()).at(-1)).toBe('user.updated directory_sync');
    synced.clock.now = at(100 * DAY);
    expect(await createPurgeDue(synced.deps)({ directoryId: DIRECTORY })).toMatchObject({
      purged: 0,
      nextInMs: null,
    });
  });
});

describe('a deletion', () => {
  // IdPs send DELETE for licence changes (CloudTAK#1799); soft delete is no erasure (harbor#16697).
  test('B4: is soft: the account stays, disabled, with its data and its day', async () => {
    await using synced = await directory('rule-soft');
    await synced.user('created', 1);
    await synced.user('deleted', 2);
    expect(await synced.ann()).toMatchObject({
      enabled: false,
      state: 'inactive',
      email: 'ann@example.org',
      deletedAt: at(2),
      deletionReason: 'directory_sync',
      hardDeleteAt: at(2 + 90 * DAY),
    });
  });

  // A repeated removal is a no-op and re-creates nobody (dust#30259, #20219).
  test('repeated is a no-op and re-creates nobody, also after the hard delete', async () => {
    await using synced = await directory('rule-repeated');
    await synced.user('created', 1);
    await synced.user('deleted', 2);
    await synced.user('deleted', 3);
    expect(await synced.ann()).toMatchObject({ deletedAt: at(2), hardDeleteAt: at(2 + 90 * DAY) });
    expect((await synced.log()).filter((entry) => entry.startsWith('user.deprov'))).toHaveLength(1);
    synced.clock.now = at(91 * DAY);
    await createPurgeDue(synced.deps)({ directoryId: DIRECTORY });
    await synced.user('deleted', 91 * DAY + 1);
    expect(await synced.database.users.countDocuments()).toBe(0);
    expect(await synced.database.tombstones.distinct('_id')).toEqual(['ann']);
  });

  // A missing upstream account is no error (dust#13645); deletion of a missing group neither (dust#14023).
  test('of somebody or something unknown settles', async () => {
    await using synced = await directory('rule-unknown');
    await synced.user('deleted', 1);
    await synced.told('dsync.group.deleted', 2, group('staff'));
    await synced.member('removed', 'staff', 3);
    expect(await synced.database.events.distinct('status')).toEqual(['applied']);
    expect(await synced.database.users.countDocuments()).toBe(0);
  });

  test('B3: who returns after the hard delete starts anew, and nothing issued before lets them in', async () => {
    await using synced = await directory('rule-after-purge');
    await synced.user('created', 1);
    await synced.member('added', 'staff', 2);
    await synced.user('deleted', 3);
    synced.clock.now = at(91 * DAY);
    await createPurgeDue(synced.deps)({ directoryId: DIRECTORY });
    await synced.user('created', 92 * DAY);
    expect(await synced.ann()).toMatchObject({
      enabled: true,
      deletedAt: null,
      hardDeleteAt: null,
      sessionsRevokedAt: at(92 * DAY),
      sync: { owesRead: true },
    });
    expect(await synced.database.groupMembers.countDocuments()).toBe(0);
  });
});

describe('an account', () => {
  // Already-exists on create is success (dust#13359); a re-POST after deactivation is no conflict
  // (better-auth#11111).
  test('created twice is one, and a creation after a deactivation enables it again', async () => {
    await using synced = await directory('rule-twice');
    await synced.user('created', 1);
    await synced.user('created', 2);
    await synced.user('updated', 3, { state: 'inactive' });
    await synced.user('created', 4);
    expect(await synced.database.users.countDocuments()).toBe(1);
    expect(await synced.ann()).toMatchObject({ enabled: true });
    expect(await synced.database.outbox.countDocuments()).toBe(1);
    expect(await synced.database.events.distinct('status')).toEqual(['applied']);
  });

  // dust drops a user without an e-mail address.
  test('B6: without an e-mail address is kept, enabled', async () => {
    await using synced = await directory('rule-no-address');
    await synced.user('created', 1, { email: null });
    expect(await synced.ann()).toMatchObject({ enabled: true, email: null });
  });

  // An e-mail change is no deletion (ssoready#164); a rename keeps the account (rancher#55220).
  test('survives another address, another name and another idp id', async () => {
    await using synced = await directory('rule-renamed');
    await synced.user('created', 1, { idp_id: 'idp-1' });
    await synced.signIn('s1');
    const renamed = { email: 'a.smith@example.org', last_name: 'Smith', idp_id: 'idp-2' };
    await synced.user('updated', 2, renamed);
    expect(await synced.ann()).toMatchObject({
      enabled: true,
      email: 'a.smith@example.org',
      lastName: 'Smith',
      idpId: 'idp-2',
    });
    expect(await synced.sessions()).toEqual(['s1']);
  });

  // A recycled address inherits nothing (BRIDGE); WorkOS SCIM allows reuse of an inactive user's address.
  test.each([
    ['address', { email: 'ann@example.org' }],
    ['idp id', { idp_id: 'idp-1' }],
  ])('with the %s of somebody who left inherits nothing of theirs', async (_what, recycled) => {
    await using synced = await directory('rule-recycled');
    await synced.user('created', 1, { idp_id: 'idp-1' });
    await synced.member('added', 'admins', 2);
    await synced.user('deleted', 3, { idp_id: 'idp-1' });
    await synced.told('dsync.user.created', 4, { ...person('bob'), ...recycled });
    expect(await synced.database.users.findOne({ _id: 'bob' })).toMatchObject({ enabled: true });
    expect(await synced.ann()).toMatchObject({ enabled: false, deletedAt: at(3) });
    expect(await synced.database.groupMembers.countDocuments({ removedAt: null })).toBe(0);
    // A new directory user id is a new life, and gets a mail of its own.
    expect(await synced.database.outbox.countDocuments({ userId: 'bob' })).toBe(1);
  });
});
