import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createApplyPending } from '../../activities/apply-pending.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createEndLeft } from '../../activities/end-left.ts';
import { directoryId, directoryUserId, eventId, groupId } from '../../src/domain/ids.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { Told } from '../../src/domain/told.ts';
import { eventVersion, fenceVersion } from '../../src/domain/version.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { purgeDue } from '../../src/store/purge.ts';
import { isDirectoryEvent } from '../../src/workos/read-event.ts';
import { testDatabase } from '../support/servers.ts';

const DIRECTORY = directoryId('directory_1');
const GROUP = groupId('directory_group_1');
const START = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
const NOW = new Date(START + 60_000);

const open = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  const inbox = createInbox({ database, now: () => NOW });
  const deps = {
    database,
    inbox,
    log: pino({ level: 'silent' }),
    now: () => NOW,
    wake: { directory() {}, outbox() {}, retention: () => Promise.resolve() },
  } as unknown as Dependencies;
  const owned = stack.move();
  return {
    database,
    inbox,
    deps,
    drain: async () => {
      const apply = createApplyPending(deps);
      while ((await apply({ directoryId: DIRECTORY })).more);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const person = (id: string, at = START, first = 'Ada') => ({
  id,
  directory_id: DIRECTORY,
  organization_id: 'org_1',
  idp_id: `idp-${id}`,
  email: `${id}@example.com`,
  first_name: first,
  state: 'active',
  updated_at: new Date(at).toISOString(),
});

const event = (type: string, data: object, at: number, id = `event_${type}_${at}`) => ({
  id,
  type,
  createdAt: new Date(at),
  directoryId: DIRECTORY,
  relevant: isDirectoryEvent(type),
  payload: { id, event: type, data, created_at: new Date(at).toISOString() },
  via: 'test' as const,
});

const content = (id: string, at: number, firstName = 'Ada') => ({
  updatedAt: at,
  organizationId: 'org_1',
  idpId: null,
  email: `${id}@example.com`,
  emails: [],
  username: null,
  firstName,
  lastName: null,
  state: 'active' as const,
  customAttributes: {},
  roles: [],
  rawAttributes: {},
});

const told = (key: string, observations: readonly Observation[]): Told => ({
  cause: { event: null, key },
  observations,
});

const seenAlive = (id: string, at: number, firstName?: string): Observation => ({
  of: 'user',
  id: directoryUserId(id),
  directoryId: DIRECTORY,
  version: eventVersion(at, eventId(`event_${at}`)),
  shows: 'alive',
  content: content(id, at, firstName),
});

const seenDeleted = (id: string, at: number): Observation => ({
  of: 'user',
  id: directoryUserId(id),
  directoryId: DIRECTORY,
  version: eventVersion(at, eventId(`event_${at}`)),
  shows: 'deleted',
});

const apply = (database: Database, ...batch: readonly Told[]) =>
  applyBatch(database, { directoryId: DIRECTORY, told: batch, now: NOW });

const effects = async (database: Database) => ({
  audit: await database.auditLog.countDocuments(),
  outbox: await database.outbox.countDocuments(),
});

test('what a batch writes is dated by when its turn came, not by when it was asked for', async () => {
  await using store = await open('apply_dated');
  const { database } = store;
  const clock = { now: NOW };
  database.turns.pause();
  const applied = applyBatch(database, {
    directoryId: DIRECTORY,
    told: [{ cause: { event: null, key: 'listing' }, observations: [seenAlive('user_1', START)] }],
    now: () => clock.now,
  });
  clock.now = new Date(NOW.getTime() + 5000);
  database.turns.start();
  await applied;
  expect(await database.users.findOne({ _id: 'user_1' })).toMatchObject({ updatedAt: clock.now });
});

test('a batch told twice has its effects once', async () => {
  await using store = await open('batch_twice');
  const { database } = store;
  const batch = [told('listing', [seenAlive('user_1', START), seenAlive('user_2', START)])];
  expect(await apply(database, ...batch)).toMatchObject({ mails: 2 });
  const before = await effects(database);
  expect(await apply(database, ...batch)).toMatchObject({ mails: 0 });
  expect(await effects(database)).toEqual(before);
});

test('a leaver loses the sessions, and only the leaver', async () => {
  await using store = await open('leaver_sessions');
  const { database, inbox, drain } = store;
  await inbox.acceptMany(
    ['user_1', 'user_2'].map((id) =>
      event('dsync.user.created', person(id), START, `event_created_${id}`),
    ),
  );
  await drain();
  await database.sessions.insertMany([
    { _id: 's1', userId: 'user_1' },
    { _id: 's2', userId: 'user_1' },
    { _id: 's3', userId: 'user_2' },
  ]);
  await inbox.accept(event('dsync.user.deleted', person('user_1'), START + 1));
  await drain();
  expect(await database.sessions.distinct('_id')).toEqual(['s3']);
  expect(await database.users.findOne({ _id: 'user_1' })).toMatchObject({
    enabled: false,
    state: 'inactive',
    deletionReason: 'directory_sync',
    sessionsRevokedAt: NOW,
  });
});

test('a tombstone and a late creation at the same moment always end deleted', async () => {
  await using store = await open('tombstone_race');
  const { database } = store;
  const people = Array.from({ length: 15 }, (_, index) => `user_${index}`);
  for (const id of people)
    await Promise.all([
      apply(database, told(`created ${id}`, [seenAlive(id, START)])),
      apply(database, told(`deleted ${id}`, [seenDeleted(id, START + 1)])),
    ]);
  const users = await database.users.find().toArray();
  expect(users.map(({ enabled, deletedAt }) => ({ enabled, deletedAt }))).toEqual(
    people.map(() => ({ enabled: false, deletedAt: new Date(START + 1) })),
  );
  expect(await database.tombstones.countDocuments()).toBe(0);
  expect(await database.outbox.countDocuments()).toBeLessThanOrEqual(people.length);
}, 120_000);

test('a listing’s page and live events on the same people end with the newest of both', async () => {
  await using store = await open('page_and_live');
  const { database, inbox, drain } = store;
  const people = Array.from({ length: 40 }, (_, index) => `user_${String(index).padStart(2, '0')}`);
  const fence = fenceVersion(START);
  await inbox.acceptMany(
    people.map((id, index) =>
      index % 2 === 0
        ? event('dsync.user.updated', person(id, START + 5, 'Live'), START + 5, `event_u_${id}`)
        : event('dsync.user.deleted', person(id), START + 5, `event_d_${id}`),
    ),
  );
  const listed = people.map((id) => ({ ...seenAlive(id, START, 'Listed'), version: fence }));
  await Promise.all([drain(), apply(database, told('listing', listed))]);
  const users = await database.users.find().sort({ _id: 1 }).toArray();
  expect(users.map(({ firstName, enabled }) => ({ firstName, enabled }))).toEqual(
    people.map((_, index) =>
      index % 2 === 0
        ? { firstName: 'Live', enabled: true }
        : { firstName: 'Listed', enabled: false },
    ),
  );
}, 120_000);

test('an event that the application’s database refuses waits alone', async () => {
  await using store = await open('poison');
  const { database, inbox, drain } = store;
  await database.db.command({
    collMod: 'users',
    validator: { firstName: { $ne: 'Poison' } },
  });
  const people = Array.from({ length: 9 }, (_, index) => `user_${index}`);
  await inbox.acceptMany(
    people.map((id, index) =>
      event(
        'dsync.user.created',
        person(id, START, index === 4 ? 'Poison' : 'Ada'),
        START + index,
        `event_${index}`,
      ),
    ),
  );
  await drain();
  expect(await database.events.distinct('_id', { status: 'applied' })).toHaveLength(8);
  expect(await database.events.find({ status: 'parked' }).toArray()).toMatchObject([
    { _id: 'event_4', error: expect.stringMatching(/^write-failed: \S+$/u) },
  ]);
  expect(await database.users.countDocuments()).toBe(8);
});

test('a purge reads again who is on hold and who returned', async () => {
  await using store = await open('purge');
  const { database } = store;
  const people = ['gone', 'held', 'returned'];
  await apply(
    database,
    told(
      'created',
      people.map((id) => seenAlive(id, START)),
    ),
  );
  await apply(
    database,
    told(
      'deleted',
      people.map((id) => seenDeleted(id, START + 1)),
    ),
  );
  await database.users.updateOne({ _id: 'held' }, { $set: { legalHold: true } });
  await apply(database, told('back', [seenAlive('returned', START + 2)]));
  const due = new Date(START + 1 + 90 * DAY_MS);
  const early = new Date(due.getTime() - 1);
  const purgedAt = async (now: Date) =>
    (await purgeDue(database, { directoryId: DIRECTORY, now })).purged;
  expect(await purgedAt(early)).toEqual([]);
  expect(await purgedAt(due)).toEqual(['gone']);
  expect(await purgedAt(due)).toEqual([]);
  expect(await database.users.distinct('_id')).toEqual(['held', 'returned']);
  expect(await database.tombstones.distinct('_id')).toEqual(['gone']);
  expect(JSON.stringify(await database.tombstones.findOne())).not.toContain('@');
});

test('a deleted group of 1,600 loses its members in chunks', async () => {
  await using store = await open('big_group');
  const { database, inbox, drain, deps } = store;
  const all = { id: GROUP, directory_id: DIRECTORY, name: 'All' };
  await inbox.accept(event('dsync.group.created', all, START));
  await drain();
  const added = eventVersion(START + 1, eventId('event_added'));
  await database.groupMembers.insertMany(
    Array.from({ length: 1600 }, (_, index) => ({
      _id: `${GROUP}:user_${index}`,
      groupId: GROUP,
      directoryUserId: `user_${index}`,
      userId: `user_${index}`,
      directoryId: DIRECTORY,
      source: 'directory_sync' as const,
      removedAt: null,
      sync: { added, removed: null },
    })),
  );
  await inbox.accept(event('dsync.group.deleted', all, START + 2));
  await drain();
  const live = () => database.groupMembers.countDocuments({ removedAt: null });
  const counts = [await live()];
  const endLeft = createEndLeft(deps);
  while ((await endLeft({ directoryId: DIRECTORY })).left) counts.push(await live());
  expect(counts).toEqual([600]);
  expect(await live()).toBe(0);
  expect(await database.auditLog.countDocuments({ type: 'membership.removed' })).toBe(1600);
}, 120_000);

const seenInState = (state: 'active' | 'inactive', at: number): Observation => ({
  of: 'user',
  id: directoryUserId('directory_user_1'),
  directoryId: DIRECTORY,
  version: eventVersion(at, eventId(`event_${at}`)),
  shows: 'alive',
  content: { ...content('directory_user_1', at), state },
});

test('a welcome that was given up for want of access is sent after all on return, a delivered one never again', async () => {
  await using own = await open('welcome-after-all');
  const { database } = own;
  const row = () => database.outbox.findOne({ userId: 'directory_user_1' });
  await apply(database, told('joins', [seenInState('active', START)]));
  await apply(database, told('leaves', [seenInState('inactive', START + 1)]));
  await database.outbox.updateOne({}, { $set: { status: 'failed', error: 'recipient-gone' } });
  await apply(database, told('returns', [seenInState('active', START + 2)]));
  expect(await row()).toMatchObject({ status: 'pending', error: null });

  await database.outbox.updateOne({}, { $set: { status: 'delivered', deliveredAt: NOW } });
  await apply(database, told('leaves again', [seenInState('inactive', START + 3)]));
  await apply(database, told('returns again', [seenInState('active', START + 4)]));
  expect(await row()).toMatchObject({ status: 'delivered' });
  expect(await database.outbox.countDocuments()).toBe(1);
});
