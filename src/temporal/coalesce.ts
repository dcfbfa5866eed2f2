import { setTimeout as sleep } from 'node:timers/promises';

/** Runs `act` for a key now, or once more when it is already running or ran a moment ago. */
export interface Coalesced {
  readonly request: (key: string) => void;
  /** Takes no more requests, runs what was requested at once, and waits for its end. */
  readonly close: () => Promise<void>;
}

/**
 * Coalesces requests per key: the first acts at once, those that come while it acts or before the
 * `pause` begun with it ends become one more act at the end. So every request is followed by the
 * start of an act. `act` must not throw; `pause` ends early when its signal aborts.
 */
export const coalesce = (options: {
  readonly act: (key: string) => Promise<void>;
  readonly pause: (signal: AbortSignal) => Promise<void>;
}): Coalesced => {
  const { act, pause } = options;
  const requestedAgain = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const closing = new AbortController();

  const run = async (key: string): Promise<void> => {
    do {
      requestedAgain.delete(key);
      // The interval counts from the start of the act, so both run at once.
      await Promise.all([act(key), pause(closing.signal)]);
    } while (requestedAgain.has(key));
    running.delete(key);
  };

  return {
    request(key) {
      if (closing.signal.aborted) return;
      if (running.has(key)) requestedAgain.add(key);
      else running.set(key, run(key));
    },
    async close() {
      closing.abort();
      await Promise.all(running.values());
    },
  };
};

/** A pause of so many milliseconds; it ends early, and never fails, when the signal aborts. */
export const pauseOf =
  (ms: number) =>
  (signal: AbortSignal): Promise<void> =>
    sleep(ms, undefined, { signal }).catch(() => undefined);
