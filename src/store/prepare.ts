import { setTimeout as sleep } from 'node:timers/promises';

/** Prepares the database in the background, again until it succeeds or is told to stop. */
export interface Preparation {
  readonly isDone: () => boolean;
  /** Stops trying, and waits for the attempt under way. */
  readonly close: () => Promise<void>;
}

const AGAIN_MS = 2000;

/** Begins at once; `prepare` must be repeatable, and each failure goes to `onFailure`. */
export const prepareInBackground = (options: {
  readonly prepare: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}): Preparation => {
  const closing = new AbortController();
  const state = { done: false };
  const work = (async () => {
    while (!state.done && !closing.signal.aborted) {
      try {
        await options.prepare();
        state.done = true;
      } catch (error) {
        options.onFailure(error);
        await sleep(AGAIN_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    isDone: () => state.done,
    async close() {
      closing.abort();
      await work;
    },
  };
};
