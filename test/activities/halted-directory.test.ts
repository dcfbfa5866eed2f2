import { expect, test } from '@jest/globals';
import { createApplyPending } from '../../activities/apply-pending.ts';
import { createPauseResume } from '../../activities/pause-resume.ts';
import { createPurgeDue } from '../../activities/purge-due.ts';
import { createPollEvents } from '../../activities/poll-events.ts';
import { moveCursor, readCursor } from '../../src/store/cursor.ts';
import { at, DIRECTORY, person, refusal, syncedDirectory } from './synced-directory.ts';

test('deletions behind the deletion of their directory wait, though they came in one batch', async () => {
  await using synced = await syncedDirectory('frozen-batch');
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.accept('dsync.deleted', 2, { id: DIRECTORY });
  await synced.accept('dsync.user.deleted', 3, person('user_1'));

  await synced.drain();

  expect(await synced.database.users.findOne({ _id: 'user_1' })).toMatchObject({ enabled: true });
  expect(await synced.database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    syncStatus: 'frozen',
  });
  expect(await synced.database.events.findOne({ _id: 'event_3' })).toMatchObject({
    status: 'pending',
  });

  await createPauseResume(synced.deps).resumeDirectory({ directoryId: DIRECTORY });
  await synced.drain();
  expect(await synced.database.users.findOne({ _id: 'user_1' })).toMatchObject({ enabled: false });
});

test('of the millisecond of the deletion, only smaller event ids are applied', async () => {
  await using synced = await syncedDirectory('frozen-millisecond');
  const { database } = synced;
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.accept('dsync.user.created', 2, person('user_2'));
  await synced.accept('dsync.deleted', 5, { id: DIRECTORY });
  await synced.drain();
  await synced.accept('dsync.user.deleted', 5, person('user_1'), 'event_4');
  await synced.accept('dsync.user.deleted', 5, person('user_2'), 'event_6');

  await synced.drain();

  expect(await database.events.distinct('_id', { status: 'pending' })).toEqual(['event_6']);
  expect(await database.users.distinct('_id', { enabled: true })).toEqual(['user_2']);
});

test('the deletion of a directory that WorkOS no longer knows is applied, and what came before it', async () => {
  await using synced = await syncedDirectory('unlinked-deleted');
  const { database } = synced;
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.drain();
  await database.directories.updateOne({}, { $set: { 'sync.connection': 'unlinked' } });
  await synced.accept('dsync.user.created', 2, person('user_2'));
  await synced.drain();
  expect(await database.users.distinct('_id')).toEqual(['user_1']);

  await synced.accept('dsync.deleted', 3, { id: DIRECTORY });
  await synced.accept('dsync.user.created', 4, person('user_4'));
  await synced.drain();

  expect(await database.users.distinct('_id')).toEqual(['user_1', 'user_2']);
  expect(await database.events.distinct('_id', { status: 'pending' })).toEqual(['event_4']);
  expect(await database.directories.findOne({})).toMatchObject({
    state: 'deleted',
    syncStatus: 'frozen',
  });
});

test('one resume ends both a pause and a freeze, also where WorkOS’s clock is ahead', async () => {
  await using synced = await syncedDirectory('resume-both');
  const { resumeDirectory, pauseDirectory } = createPauseResume(synced.deps);
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.accept('dsync.deleted', 1100, { id: DIRECTORY });
  await synced.drain();
  await pauseDirectory({ directoryId: DIRECTORY });
  await synced.accept('dsync.user.created', 1101, person('user_1'));

  expect(await resumeDirectory({ directoryId: DIRECTORY })).toBe('pending');
  await synced.drain();
  expect(await synced.database.users.distinct('_id')).toEqual(['user_1']);
});

test('a deletion that waits behind a pause freezes once the pause ends', async () => {
  await using synced = await syncedDirectory('resume-then-freeze');
  const { resumeDirectory, pauseDirectory } = createPauseResume(synced.deps);
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.drain();
  await pauseDirectory({ directoryId: DIRECTORY });
  await synced.accept('dsync.deleted', 2, { id: DIRECTORY });

  await resumeDirectory({ directoryId: DIRECTORY });
  // A second call before the deletion is applied decides nothing of it.
  await resumeDirectory({ directoryId: DIRECTORY });
  await synced.drain();
  expect(await synced.database.directories.findOne({})).toMatchObject({ syncStatus: 'frozen' });
});

test('a pause holds for the events that were read before it', async () => {
  await using synced = await syncedDirectory('paused-batch');
  const { database, deps } = synced;
  const operate = createPauseResume(deps);
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.drain();
  await synced.accept('dsync.user.created', 2, person('user_1'));
  database.directories.findOne = (
    (findOne) =>
    async (...of: Parameters<typeof findOne>) => {
      const unpaused = await findOne(...of);
      await operate.pauseDirectory({ directoryId: DIRECTORY });
      return unpaused;
    }
  )(database.directories.findOne.bind(database.directories)) as typeof database.directories.findOne;

  const applied = await createApplyPending(deps)({ directoryId: DIRECTORY });

  expect(applied).toMatchObject({ settled: 0, more: false });
  expect(await database.users.countDocuments({})).toBe(0);
  expect(await database.events.distinct('_id', { status: 'pending' })).toEqual(['event_2']);
});

test('nobody is purged whose return waits to be applied', async () => {
  await using synced = await syncedDirectory('purge-awaited');
  const operate = createPauseResume(synced.deps);
  const purgeDue = createPurgeDue(synced.deps);
  for (const [index, id] of ['user_back', 'user_gone'].entries()) {
    await synced.accept('dsync.user.created', 1 + index, person(id));
    await synced.accept('dsync.user.deleted', 3 + index, person(id));
  }
  await synced.drain();
  await operate.pauseDirectory({ directoryId: DIRECTORY });
  synced.clock.now = at(91 * 86_400);
  await synced.accept('dsync.user.created', 89 * 86_400, person('user_back'));

  const kept = await purgeDue({ directoryId: DIRECTORY });

  expect(kept).toMatchObject({ purged: 1, ids: ['user_gone'] });
  expect(kept.nextInMs).toBeGreaterThan(0);
  expect(await synced.database.users.distinct('_id', {})).toEqual(['user_back']);
  await operate.resumeDirectory({ directoryId: DIRECTORY });
  await synced.drain();
  expect(await purgeDue({ directoryId: DIRECTORY })).toMatchObject({ purged: 0, nextInMs: null });
  expect(await synced.database.users.findOne({ _id: 'user_back' })).toMatchObject({
    enabled: true,
  });
});

test('an account id that the application has taken parks its own events and nobody else’s', async () => {
  await using synced = await syncedDirectory('taken-account');
  await synced.database.users.insertOne({ _id: 'user_taken' } as never);
  await synced.accept('dsync.user.created', 1, person('user_taken'));
  await synced.accept('dsync.user.created', 2, person('user_free'));

  await synced.drain();

  expect(await synced.database.users.findOne({ _id: 'user_free' })).toMatchObject({
    enabled: true,
  });
  expect(await synced.database.events.findOne({ _id: 'event_1' })).toMatchObject({
    status: 'parked',
    error: expect.stringContaining('11000'),
  });
});

test('an event that a unique index refuses is parked alone, whatever else its batch writes', async () => {
  await using synced = await syncedDirectory('refused-among-others');
  const { database } = synced;
  await database.users.createIndex(
    { email: 1, directoryId: 1 },
    { unique: true, partialFilterExpression: { email: { $type: 'string' } } },
  );
  for (const id of ['user_1', 'user_2', 'user_3'])
    await synced.accept('dsync.user.created', 1, person(id), `event_1_${id}`);
  await synced.drain();
  const edited = { updated_at: at(500).toISOString() };

  await synced.accept('dsync.user.updated', 2, {
    ...person('user_2'),
    ...edited,
    email: 'user_1@example.org',
  });
  await synced.accept('dsync.user.deleted', 3, person('user_3'));
  await synced.accept('dsync.user.created', 4, person('user_4'));
  await synced.accept('dsync.user.deleted', 5, person('user_5'));
  await synced.drain();

  expect(await database.events.find({ status: { $ne: 'applied' } }).toArray()).toMatchObject([
    { _id: 'event_2', status: 'parked', error: expect.stringContaining('11000') },
  ]);
  expect(await database.users.distinct('_id', { enabled: true })).toEqual([
    'user_1',
    'user_2',
    'user_4',
  ]);
});

test('an expired cursor is forgotten only once every directory owes a backfill', async () => {
  await using synced = await syncedDirectory('expired-cursor');
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.drain();
  await moveCursor(synced.database, { from: null, to: 'event_old', now: at(1) });
  synced.listings.events = () =>
    Promise.reject(refusal({ kind: 'bad-request', status: 400, code: null }));
  synced.database.directories.updateMany = () => Promise.reject(new Error('not primary'));
  const poll = createPollEvents(synced.deps, () => ({
    heartbeat: () => {},
    isCancelled: () => false,
  }));

  await expect(poll()).rejects.toThrow('not primary');
  expect(await readCursor(synced.database)).toBe('event_old');
});

test('a poll that WorkOS refuses is tried again, whatever the refusal', async () => {
  await using synced = await syncedDirectory('refused-poll');
  const poll = createPollEvents(synced.deps, () => ({
    heartbeat: () => {},
    isCancelled: () => false,
  }));
  for (const kind of ['unauthorized', 'not-found'] as const) {
    synced.listings.events = () => Promise.reject(refusal({ kind }));
    await expect(poll()).rejects.toMatchObject({ nonRetryable: false });
  }
  synced.listings.events = () =>
    Promise.reject(refusal({ kind: 'bad-request', status: 400, code: null }));
  await expect(poll()).rejects.toMatchObject({ nonRetryable: false });
});
