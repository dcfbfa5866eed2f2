/** Work that is done again and again. */
export interface Rounds {
  /** Begins no more, and waits for the round under way. */
  readonly close: () => Promise<void>;
}

/** A clock that calls back. */
export type Every = (ms: number, run: () => void) => { readonly stop: () => void };

/** The clock of a process. */
export const everyInterval: Every = (ms, run) => {
  const timer = setInterval(run, ms);
  return { stop: () => clearInterval(timer) };
};

/**
 * Does `round` every `everyMs`, and at once when `atOnce`. A round that takes longer is not joined by
 * another; one that fails is reported, and the next one tries again.
 */
export const startRounds = (options: {
  readonly everyMs: number;
  readonly atOnce: boolean;
  readonly round: () => Promise<unknown>;
  readonly onFailure: (error: unknown) => void;
  readonly every: Every;
}): Rounds => {
  const { everyMs, atOnce, round, onFailure, every } = options;
  const running = new Set<Promise<unknown>>();
  const begin = (): void => {
    if (running.size > 0) return;
    const begun = round()
      .catch(onFailure)
      .finally(() => running.delete(begun));
    running.add(begun);
  };
  const timer = every(everyMs, begin);
  if (atOnce) begin();
  return {
    async close() {
      timer.stop();
      await Promise.all(running);
    },
  };
};
