import { expect, test } from '@jest/globals';
import { createPollEvents } from '../../activities/poll-events.ts';
import { page, syncedDirectory } from './synced-directory.ts';

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

test('a polled event that cannot be named is parked once, and the poll goes past it', async () => {
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
    { _id: expect.stringMatching(/^body:[0-9a-f]{64}$/), status: 'parked' },
  ]);
});
