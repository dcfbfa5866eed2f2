import { expect, test } from '@jest/globals';
import { coalesce, pauseOf } from '../../src/temporal/coalesce.ts';

const harness = () => {
  const acts: string[] = [];
  const pauses: (() => void)[] = [];
  const coalesced = coalesce({
    act: (key) => {
      acts.push(key);
      return Promise.resolve();
    },
    pause: (signal) =>
      new Promise((resolve) => {
        pauses.push(resolve);
        signal.addEventListener('abort', () => resolve());
        if (signal.aborted) resolve();
      }),
  });
  const nextInterval = async (): Promise<void> => {
    for (const end of pauses.splice(0)) end();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { acts, coalesced, nextInterval };
};

test('the first request acts at once, a burst becomes one more', async () => {
  const { acts, coalesced, nextInterval } = harness();
  for (let index = 0; index < 50; index += 1) coalesced.request('a');
  expect(acts).toEqual(['a']);
  await nextInterval();
  expect(acts).toEqual(['a', 'a']);
  await nextInterval();
  expect(acts).toEqual(['a', 'a']);
});

test('keys do not wait for each other', () => {
  const { acts, coalesced } = harness();
  for (const key of ['a', 'b', 'a']) coalesced.request(key);
  expect(acts).toEqual(['a', 'b']);
});

test('closing acts on what was requested and takes no more', async () => {
  const { acts, coalesced } = harness();
  for (const key of ['a', 'a']) coalesced.request(key);
  await coalesced.close();
  coalesced.request('b');
  expect(acts).toEqual(['a', 'a']);
});

test('closing waits for no pause', async () => {
  const acts: string[] = [];
  const coalesced = coalesce({
    act: async (key) => void acts.push(key),
    pause: pauseOf(3_600_000),
  });
  for (const key of ['a', 'a']) coalesced.request(key);
  await coalesced.close();
  expect(acts).toEqual(['a', 'a']);
});
