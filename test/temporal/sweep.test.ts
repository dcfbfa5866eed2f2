import { expect, test } from '@jest/globals';
import { startSweep } from '../../src/temporal/sweep.ts';

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
