import { startRounds, type Every, type Rounds } from '../rounds.ts';

const EVERY_MS = 5000;
const OVERDUE_MS = 5000;

/**
 * Every five seconds wakes every directory with an event older than five seconds, whatever became of
 * the wake that each event sent.
 */
export const startSweep = (options: {
  readonly overdueDirectories: (olderThan: Date) => Promise<readonly string[]>;
  readonly wake: (directoryId: string) => void;
  readonly onFailure: (error: unknown) => void;
  readonly now: () => number;
  readonly every: Every;
}): Rounds => {
  const { overdueDirectories, wake, onFailure, now, every } = options;
  return startRounds({
    everyMs: EVERY_MS,
    atOnce: false,
    async round() {
      const overdue = await overdueDirectories(new Date(now() - OVERDUE_MS));
      for (const directoryId of overdue) wake(directoryId);
    },
    onFailure,
    every,
  });
};
