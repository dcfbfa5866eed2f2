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
