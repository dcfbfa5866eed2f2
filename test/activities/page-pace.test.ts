import { expect, test } from '@jest/globals';
import { createPace } from '../../activities/page-pace.ts';

const WIDE = { requests: 1000, everyMs: 10 };
const never = () => new AbortController().signal;

/** Requests that note when they began. */
const noting = () => {
  const began: number[] = [];
  return {
    began,
    request: () => {
      began.push(performance.now());
      return Promise.resolve(began.length);
    },
  };
};

/** Timers may be early by a millisecond or so, and never by more. */
const EARLY_MS = 3;

test('everybody who reads one directory keeps one pace, and another directory does not wait', async () => {
  const pace = createPace({ cancelled: never, usersMs: 40, budget: WIDE });
  const own = noting();
  const other = noting();
  const inTurn = async (): Promise<void> => {
    for (let page = 0; page < 3; page += 1) await pace.users('directory_1', own.request);
  };

  const start = performance.now();
  await Promise.all([inTurn(), inTurn(), pace.users('directory_2', other.request)]);

  expect(own.began).toHaveLength(6);
  own.began.forEach((time, turn) =>
    expect(time - start).toBeGreaterThanOrEqual(turn * 40 - EARLY_MS),
  );
  expect(other.began[0]).toBeLessThan(own.began[1] ?? 0);
});

test('all directories together stay within one budget', async () => {
  const pace = createPace({
    cancelled: never,
    groupsMs: 1,
    budget: { requests: 2, everyMs: 40 },
  });
  const all = noting();

  await Promise.all(
    Array.from({ length: 10 }, (_, index) => pace.groups(`directory_${index}`, all.request)),
  );

  const overTwo = all.began.slice(2).map((time, index) => time - (all.began[index] ?? 0));
  expect(Math.min(...overTwo)).toBeGreaterThanOrEqual(40 - EARLY_MS);
});

test('by itself a worker asks less than 6,000 times a minute', async () => {
  const pace = createPace({ cancelled: never, groupsMs: 1 });
  const all = noting();
  await Promise.all(
    Array.from({ length: 40 }, (_, index) => pace.groups(`directory_${index}`, all.request)),
  );
  const overTen = all.began.slice(10).map((time, index) => time - (all.began[index] ?? 0));
  expect(Math.min(...overTen)).toBeGreaterThanOrEqual(100 - EARLY_MS);
});

test('whoever is cancelled waits no longer, and makes no request', async () => {
  const shutdown = new AbortController();
  const pace = createPace({ cancelled: () => shutdown.signal, usersMs: 60_000, budget: WIDE });
  const { began, request } = noting();
  await pace.users('directory_1', request);
  const waiting = pace.users('directory_1', request);
  shutdown.abort(new Error('The worker ends.'));

  await expect(waiting).rejects.toThrow('The worker ends.');
  expect(began).toHaveLength(1);
});

test('a refusal reaches whoever asked, and the next one has its turn', async () => {
  const pace = createPace({ cancelled: never, usersMs: 1, budget: WIDE });
  await expect(pace.users('directory_1', () => Promise.reject(new Error('429')))).rejects.toThrow(
    '429',
  );
  expect(await pace.users('directory_1', () => Promise.resolve('page'))).toBe('page');
});
