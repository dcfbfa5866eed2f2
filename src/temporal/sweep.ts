/** Wakes directories whose events wait, whatever became of the wake that each event sent. */
export interface Sweep {
  /** Stops, and waits for the round under way. */
  readonly close: () => Promise<void>;
}

/** A clock that calls back; `setInterval` in a process. */
export type Every = (ms: number, run: () => void) => { readonly stop: () => void };

const EVERY_MS = 5000;
const OVERDUE_MS = 5000;

/**
 * Every five seconds wakes every directory with an event older than five seconds. A round that
 * takes longer is not joined by another; one that fails is reported and the next one tries again.
 */
export const startSweep = (options: {
  readonly overdueDirectories: (olderThan: Date) => Promise<readonly string[]>;
  readonly wake: (directoryId: string) => void;
  readonly onFailure: (error: unknown) => void;
  readonly now: () => number;
  readonly every: Every;
}): Sweep => {
  const { overdueDirectories, wake, onFailure, now, every } = options;
  const rounds = new Set<Promise<void>>();

  const sweep = async (): Promise<void> => {
    try {
      const overdue = await overdueDirectories(new Date(now() - OVERDUE_MS));
      for (const directoryId of overdue) wake(directoryId);
    } catch (error) {
      onFailure(error);
    }
  };

  const timer = every(EVERY_MS, () => {
    if (rounds.size > 0) return;
    const round = sweep().finally(() => rounds.delete(round));
    rounds.add(round);
  });

  return {
    async close() {
      timer.stop();
      await Promise.all(rounds);
    },
  };
};
