import { startRounds, type Every, type Rounds } from '../rounds.ts';

interface Sweeping {
  readonly wake: (directoryId: string) => void;
  readonly onFailure: (error: unknown) => void;
  readonly now: () => number;
  readonly every: Every;
}

const EVERY_MS = 5000;
const OVERDUE_MS = 5000;

/**
 * Every five seconds wakes every directory with an event older than five seconds, whatever became of
 * the wake that each event sent.
 */
export const startSweep = (
  options: Sweeping & {
    readonly overdueDirectories: (olderThan: Date) => Promise<readonly string[]>;
  },
): Rounds => {
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

const OWED_EVERY_MS = 60_000;
/** Rounds from one look at everything to the next: those that WorkOS refuses wait a quarter of an hour. */
const ROUNDS = 15;

/**
 * Every minute wakes every directory that owes something since a minute ago, such as a backfill whose
 * wake was lost; every quarter of an hour those too whose workflow should be at it already.
 */
export const startOwedSweep = (
  options: Sweeping & {
    readonly owingDirectories: (owing: {
      readonly dueBefore: Date;
      readonly everything: boolean;
    }) => Promise<readonly string[]>;
  },
): Rounds => {
  const { owingDirectories, wake, onFailure, now, every } = options;
  let round = 0;
  return startRounds({
    everyMs: OWED_EVERY_MS,
    atOnce: false,
    async round() {
      const everything = round % ROUNDS === 0;
      round += 1;
      const owing = await owingDirectories({
        dueBefore: new Date(now() - OWED_EVERY_MS),
        everything,
      });
      for (const directoryId of owing) wake(directoryId);
    },
    onFailure,
    every,
  });
};
