import { expect, test } from '@jest/globals';
import { startOwedSweep, startSweep } from '../../src/temporal/sweep.ts';

test('each round wakes what is overdue, and a failed round does not end the sweep', async () => {
  const rounds: (() => void)[] = [];
  const asked: Date[] = [];
  const woken: string[] = [];
  const failures: unknown[] = [];
  const sweep = startSweep({
    overdueDirectories: (olderThan) => {
      asked.push(olderThan);
      return asked.length === 1
        ? Promise.reject(new Error('The database is away'))
        : Promise.resolve(['directory_1', 'directory_2']);
    },
    wake: (directoryId) => void woken.push(directoryId),
    onFailure: (error) => void failures.push(error),
    now: () => 10_000,
    every: (_ms, run) => {
      rounds.push(run);
      return { stop: () => void rounds.splice(0) };
    },
  });
  const [round] = rounds;
  round?.();
  round?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect([asked.length, failures.length]).toEqual([1, 1]);
  round?.();
  await sweep.close();
  expect(asked).toEqual([new Date(5000), new Date(5000)]);
  expect(woken).toEqual(['directory_1', 'directory_2']);
  expect(rounds).toEqual([]);
});

test('each minute wakes who owes something, and each quarter of an hour everybody who does', async () => {
  const asked: { dueBefore: Date; everything: boolean }[] = [];
  const woken: string[] = [];
  const clock: { round: () => void; ms: number } = { round: () => undefined, ms: 0 };
  const sweep = startOwedSweep({
    owingDirectories: (owing) => {
      asked.push(owing);
      return Promise.resolve(['directory_1']);
    },
    wake: (directoryId) => void woken.push(directoryId),
    onFailure: () => undefined,
    now: () => 100_000,
    every: (ms, round) => {
      Object.assign(clock, { ms, round });
      return { stop: () => undefined };
    },
  });
  for (let round = 0; round < 31; round += 1) {
    clock.round();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await sweep.close();
  expect(clock.ms).toBe(60_000);
  expect(woken).toHaveLength(31);
  expect(new Set(asked.map(({ dueBefore }) => dueBefore.getTime()))).toEqual(new Set([40_000]));
  expect(asked.flatMap(({ everything }, round) => (everything ? [round] : []))).toEqual([
    0, 15, 30,
  ]);
});
