import { setTimeout as sleep } from 'node:timers/promises';

/** Work that is tried in the background, again until it succeeds or is told to stop. */
export interface Retrying {
  readonly isDone: () => boolean;
  /** Stops trying, and waits for the attempt under way. */
  readonly close: () => Promise<void>;
}

const AGAIN_MS = 2000;

/** Begins at once; `work` must be repeatable, and each failure goes to `onFailure`. */
export const retryInBackground = (options: {
  readonly work: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}): Retrying => {
  const closing = new AbortController();
  const state = { done: false };
  const tries = (async () => {
    while (!state.done && !closing.signal.aborted) {
      try {
        await options.work();
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
      await tries;
    },
  };
};
