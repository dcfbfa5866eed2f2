import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createApplyPending } from '../../activities/apply-pending.ts';
import type { CommandDeps } from '../../src/commands/command-deps.ts';
import { removeTestEvents } from '../../src/commands/remove-test-events.ts';
import { sendTestEvent, type TestEventRequest } from '../../src/commands/send-test-event.ts';
import { TEST_EVENT_TYPES } from '../../src/commands/invent-event.ts';
import { directoryId, directoryUserId } from '../../src/domain/ids.ts';
import { inventedKind } from '../../src/domain/test-ids.ts';
import { fenceVersion } from '../../src/domain/version.ts';
import { createApp } from '../../src/http/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createLog } from '../../src/log.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { at, DIRECTORY, group, person, syncedDirectory } from '../activities/synced-directory.ts';

const SECRET = 'whsec_test';
const unanswered = { confirm: () => Promise.resolve(null) };

/** A synced company with a server before it, and the commands that send and remove test events. */
const company = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const synced = await syncedDirectory(name);
  stack.use(synced);
  const { database, clock } = synced;
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.accept('dsync.group.created', 2, group('group_1'));
  await synced.drain();
  clock.now = at(2000);
  const app = createApp({
    log: createLog('silent'),
    inbox: synced.deps.inbox,
    wake: () => {},
    metrics: createMetrics(),
    secrets: [SECRET],
    allowedCidrs: [],
    trustProxy: false,
    webhook: true,
    adminToken: null,
    database,
    now: () => clock.now.getTime(),
    pingDatabase: () => Promise.resolve(),
    workerPresence: () => Promise.resolve('polling'),
  });
  stack.defer(() => app.close());
  const serverUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  const ended: string[] = [];
  const deps = {
    config: { webhookSecrets: [SECRET] },
    database: () => database,
    serverUrl,
    fetch,
    now: () => clock.now,
    newId: () => randomUUID(),
    terminal: unanswered,
    temporal: () => ({
      client: {
        withDeadline: (_deadline: number, work: () => Promise<void>) => work(),
        workflow: {
          getHandle: (id: string) => ({ terminate: () => Promise.resolve(ended.push(id)) }),
          async *list() {},
        },
      },
    }),
  } as unknown as CommandDeps;
  const owned = stack.move();
  return {
    ...synced,
    deps,
    serverUrl,
    ended,
    send: async (request: Omit<TestEventRequest, 'yes'>) => {
      clock.now = new Date(clock.now.getTime() + 1000);
      const { data } = await sendTestEvent(deps, { ...request, yes: true });
      return data as { id: string; directory: string; user: string; group: string };
    },
    apply: async () => {
      const ids = await database.events.distinct('directoryId', { status: 'pending' });
      const apply = createApplyPending(synced.deps);
      for (const id of ids) await apply({ directoryId: id ?? '' });
    },
    remove: async (event?: string) =>
      (await removeTestEvents(deps, { yes: true, ...(event === undefined ? {} : { event }) })).data,
    /** Everything that is stored, but for what each batch moves in its directory. */
    stored: async () => {
      const collections = await database.db.collections();
      const all = await Promise.all(
        collections.map(async (one) => [
          one.collectionName,
          (await one.find().toArray())
            .map(({ lastAppliedAt: _at, sync, ...rest }) => ({
              ...rest,
              sync: one.collectionName === 'directories' ? { ...sync, rev: null } : (sync ?? null),
            }))
            .toSorted((a, b) => (String(a['_id']) < String(b['_id']) ? -1 : 1)),
        ]),
      );
      return Object.fromEntries(all) as Record<string, object[]>;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

test.each(TEST_EVENT_TYPES)(
  'E4: %s goes through the intake as via test, and its removal leaves everything as it was',
  async (type) => {
    await using all = await company(`test ${type}`);
    const { database } = all;
    const before = await all.stored();

    const { id } = await all.send({ type });
    expect(await database.events.findOne({ _id: id })).toMatchObject({ via: 'test', type });
    await all.apply();
    expect(await database.events.findOne({ _id: id })).toMatchObject({
      status: type.startsWith('dsync.token.') ? 'ignored' : 'applied',
    });
    const applied = await all.stored();
    // Whatever was there is as it was: nothing real was touched.
    for (const [name, documents] of Object.entries(before))
      expect([name, applied[name]]).toEqual([name, expect.arrayContaining(documents)]);

    expect(await all.remove()).toMatchObject({ events: 1, kept: [], named: [] });
    expect(await all.stored()).toEqual(before);
    expect(await all.remove()).toMatchObject({ events: 0 });
  },
  60_000,
);

test('E4: an invented person in an invented group goes with memberships, audit and mail', async () => {
  await using all = await company('test-group');
  const { database } = all;
  const before = await all.stored();
  const first = await all.send({ type: 'dsync.user.created', email: 'ops@example.org' });
  await all.apply();
  const second = await all.send({ type: 'dsync.group.user_added', user: first.user });
  await database.sessions.insertOne({ _id: 'session_1', userId: first.user });
  await all.apply();
  expect(await database.groupMembers.countDocuments({ directoryUserId: first.user })).toBe(1);
  expect(await database.outbox.countDocuments({ userId: first.user })).toBe(1);
  expect(await database.users.findOne({ _id: first.user })).toMatchObject({
    enabled: true,
    email: 'ops@example.org',
  });

  // One of them is enough: the other is about the same person.
  expect(await all.remove(second.id)).toMatchObject({
    events: 2,
    users: 1,
    groups: 1,
    memberships: 1,
    outboxRows: 1,
  });
  expect(await all.stored()).toEqual(before);
});

test('E4: removing one test event leaves the others with all that they invented', async () => {
  await using all = await company('test-one');
  const { database } = all;
  const gone = await all.send({ type: 'dsync.user.created' });
  await all.apply();
  const stays = await all.send({ type: 'dsync.user.created' });
  await all.apply();

  expect(await all.remove(gone.id)).toMatchObject({ events: 1, users: 1 });

  expect(await database.events.distinct('_id', { via: 'test' })).toEqual([stays.id]);
  const invented = (await database.users.distinct('_id', {})).filter(
    (id) => inventedKind(id) !== null,
  );
  expect(invented).toEqual([stays.user]);
});

test('a test event that is removed before it is applied is never applied', async () => {
  await using all = await company('test-pending');
  const before = await all.stored();
  await all.send({ type: 'dsync.user.created' });
  await all.remove();
  await all.apply();
  expect(await all.stored()).toEqual(before);
});

test('a payload that has expired keeps nothing from being removed', async () => {
  await using all = await company('test-expired');
  const before = await all.stored();
  await all.send({ type: 'dsync.group.user_added' });
  await all.apply();
  await all.database.events.updateMany({}, { $unset: { payload: 1, directoryUserId: 1 } });
  expect(await all.remove()).toMatchObject({ events: 1, users: 1, groups: 1, memberships: 1 });
  const after = await all.stored();
  expect({ ...after, events: [] }).toEqual({ ...before, events: [] });
});

test('an invented directory’s workflows end before its records go', async () => {
  await using all = await company('test-directory');
  const { directory } = await all.send({ type: 'dsync.activated' });
  expect(inventedKind(directory)).toBe('directory');
  await all.apply();
  expect(await all.remove()).toMatchObject({ directories: 1 });
  expect(all.ended).toEqual([`directory-sync/${directory}`, `retention/${directory}`]);
});

test('what is real and named is asked about, and stays as the test event made it', async () => {
  await using all = await company('test-real');
  const { database, deps } = all;
  const leaving = { type: 'dsync.user.deleted', user: 'user_1' } as const;
  await expect(sendTestEvent(deps, leaving)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('user_1'),
  });
  expect(await database.events.countDocuments({ via: 'test' })).toBe(0);

  await all.send(leaving);
  await all.apply();
  const audited = await database.auditLog.countDocuments();
  expect(await all.remove()).toMatchObject({ events: 1, users: 0, named: ['user_1'] });

  expect(await database.users.findOne({ _id: 'user_1' })).toMatchObject({ enabled: false });
  expect(await database.auditLog.countDocuments()).toBe(audited);
});

test('what WorkOS shows by now, or the application has linked, is kept', async () => {
  await using all = await company('test-kept');
  const { database } = all;
  const listed = await all.send({ type: 'dsync.user.created' });
  const linked = await all.send({ type: 'dsync.user.created' });
  await all.apply();
  const id = directoryUserId(listed.user);
  const content = {
    updatedAt: at(2000).getTime(),
    organizationId: null,
    idpId: null,
    email: null,
    emails: [],
    username: null,
    firstName: null,
    lastName: null,
    state: 'active' as const,
    customAttributes: {},
    rawAttributes: {},
    roles: [],
  };
  await applyBatch(database, {
    directoryId: directoryId(DIRECTORY),
    told: [
      {
        cause: { event: null, key: 'listing' },
        observations: [
          {
            of: 'user',
            id,
            directoryId: directoryId(DIRECTORY),
            version: fenceVersion(at(9000).getTime()),
            shows: 'alive',
            content,
          },
        ],
      },
    ],
    now: at(9000),
  });
  const account = await database.users.findOneAndDelete({ _id: linked.user });
  if (account === null) throw new Error('nobody was invented');
  await database.users.insertOne({ ...account, _id: 'application_7' });

  const removed = (await all.remove()) as { kept: readonly string[] };

  expect(removed.kept.toSorted()).toEqual([listed.user, linked.user].toSorted());
  expect(
    await database.users.countDocuments({ _id: { $in: [listed.user, 'application_7'] } }),
  ).toBe(2);
});

test.each<[string, Omit<TestEventRequest, 'yes'>, RegExp]>([
  [
    'an unknown directory',
    { type: 'dsync.user.created', directory: 'directory_9' },
    /No directory/,
  ],
  ['an unknown person', { type: 'dsync.user.updated', user: 'user_9' }, /leave --user out/],
  ['an unknown group', { type: 'dsync.group.updated', group: 'group_9' }, /leave --group out/],
  [
    'an address for a real person',
    { type: 'dsync.user.updated', user: 'user_1', email: 'a@b.c' },
    /--email/,
  ],
  ['a senseless address', { type: 'dsync.user.created', email: 'nobody' }, /--email/],
  ['a URL without TLS', { type: 'dsync.user.created', url: 'http://example.com/' }, /https/],
])('%s is refused, and nothing is sent', async (_what, request, sentence) => {
  await using all = await company('test-refused');
  await expect(all.send(request)).rejects.toMatchObject({
    message: expect.stringMatching(sentence),
  });
  expect(await all.database.events.countDocuments({ via: 'test' })).toBe(0);
});

test('the removal asks, and refuses what is no test event', async () => {
  await using all = await company('test-removal');
  const { id } = await all.send({ type: 'dsync.user.created' });
  await expect(removeTestEvents(all.deps, { yes: false })).rejects.toMatchObject({ exitCode: 3 });
  await expect(all.remove('event_1')).rejects.toThrow('is no test event');
  await expect(all.remove(id.replace(/.{4}$/, '0000'))).rejects.toThrow('There is no test event');
  expect(await all.database.events.countDocuments({ via: 'test' })).toBe(1);
});

test('without the secret nobody sends a test event', async () => {
  await using all = await company('test-forged');
  const forged = { ...all.deps, config: { webhookSecrets: ['guessed'] } } as unknown as CommandDeps;
  await expect(sendTestEvent(forged, { type: 'dsync.user.created' })).rejects.toThrow(
    'status 401 (signature-mismatch)',
  );
  expect(await all.database.events.countDocuments({ via: 'test' })).toBe(0);
});
