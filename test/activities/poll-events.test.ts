import { expect, test } from '@jest/globals';
import { createPollEvents } from '../../activities/poll-events.ts';
import { moveCursor, readCursor } from '../../src/store/cursor.ts';
import { at, DIRECTORY, page, refusal, syncedDirectory } from './synced-directory.ts';

test('an hour between polls is waited for in heartbeats, and late events are looked for all the same', async () => {
  await using synced = await syncedDirectory('slow-poll');
  const { clock } = synced;
  const times = { overlaps: 0, longestSilenceMs: 0, beat: clock.now.getTime() };
  synced.listings.events = ({ rangeStart }) => {
    if (rangeStart !== undefined) times.overlaps += 1;
    return Promise.resolve(page([]));
  };
  const deps = {
    ...synced.deps,
    pollIntervalMs: 3_600_000,
    pause: (ms: number) => {
      clock.now = new Date(clock.now.getTime() + ms);
      return Promise.resolve();
    },
  };
  const poll = createPollEvents(deps, () => ({
    isCancelled: () => false,
    heartbeat: () => {
      const silence = clock.now.getTime() - times.beat;
      times.longestSilenceMs = Math.max(times.longestSilenceMs, silence);
      times.beat = clock.now.getTime();
    },
  }));

  await poll();

  expect(times.overlaps).toBeGreaterThan(0);
  expect(times.longestSilenceMs).toBeLessThan(60_000);
});

test('a polled event that cannot be named is parked once with its type, and the poll goes past it', async () => {
  await using synced = await syncedDirectory('nameless-poll');
  const { database } = synced;
  const nameless = { id: 'event é', event: 'dsync.user.created', data: {} };
  const asked: (string | null | undefined)[] = [];
  synced.listings.events = ({ after }) => {
    asked.push(after);
    return Promise.resolve(page(after === null || after === undefined ? [nameless] : []));
  };
  const deps = {
    ...synced.deps,
    pause: (ms: number) => {
      synced.clock.now = new Date(synced.clock.now.getTime() + ms);
      return Promise.resolve();
    },
  };
  const poll = createPollEvents(deps, () => ({
    heartbeat: () => {},
    isCancelled: () => asked.length > 3,
  }));

  await poll();

  expect(asked).toContain('event é');
  expect(await database.events.find().toArray()).toMatchObject([
    {
      _id: expect.stringMatching(/^body:[0-9a-f]{64}$/),
      type: 'dsync.user.created',
      status: 'parked',
    },
  ]);
});

test.each<{ status: number; code: string | null; expires: boolean }>([
  { status: 400, code: null, expires: true },
  { status: 400, code: 'invalid_cursor', expires: true },
  { status: 400, code: 'invalid_events_request', expires: false },
  { status: 409, code: null, expires: false },
  { status: 413, code: null, expires: false },
  { status: 422, code: 'required', expires: false },
])('a refusal with $status $code clears the cursor: $expires', async ({ expires, ...refused }) => {
  await using synced = await syncedDirectory('odd-refusal');
  const { database, listings } = synced;
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.drain();
  await database.directories.updateOne({}, { $set: { 'sync.owesBackfill': false } });
  await moveCursor(database, { from: null, to: 'event_old', now: at(1) });
  listings.events = ({ after }) =>
    after === 'event_old'
      ? Promise.reject(refusal({ kind: 'bad-request', ...refused }))
      : Promise.resolve(page([]));
  let stints = 0;
  const poll = createPollEvents(synced.deps, () => ({
    heartbeat: () => {},
    isCancelled: () => (stints += 1) > 3,
  }));

  await poll().catch(() => undefined);

  expect(await readCursor(database)).toBe(expires ? null : 'event_old');
  expect(await database.directories.countDocuments({ 'sync.owesBackfill': true })).toBe(
    expires ? 1 : 0,
  );
});
