import type { Client } from '@temporalio/client';
import PQueue from 'p-queue';
import { SIGNAL, WORKFLOW } from '../../workflows/contract.ts';
import { coalesce, pauseOf } from './coalesce.ts';
import { directoryStart } from './directory-start.ts';

/** Tells directories' workflows that there is something to apply. */
export interface Waker {
  /** Asks for a wake and returns at once; a failure is logged, and the sweep makes up for it. */
  readonly wake: (directoryId: string) => void;
  /** Takes no more, and waits for what is under way. */
  readonly close: () => Promise<void>;
}

/** Where failures of wakes are told: ids and codes. */
export interface WakeLog {
  readonly warn: (
    fields: { readonly directoryId: string; readonly err: unknown },
    message: string,
  ) => void;
}

// A signal to a closing workflow stalls in the client's own retries, so it has an end.
const DEADLINE_MS = 5000;
const INTERVAL_MS = 100;

/** Hundreds of directories may be woken at once; more calls than this would only outlast their deadline. */
const AT_ONCE = 20;

/**
 * Wakes directories through `client`: each at most ten times a second, the last request included, and
 * few at a time. Closing gives up, after five seconds, what has not begun.
 */
export const createWaker = (options: {
  readonly client: Client;
  readonly taskQueue: string;
  readonly log: WakeLog;
}): Waker => {
  const { client, taskQueue, log } = options;
  const turns = new PQueue({ concurrency: AT_ONCE });
  const late = new AbortController();
  const { request, close } = coalesce({
    act: (directoryId) =>
      turns
        .add(() => wakeDirectory({ client, taskQueue, directoryId }), { signal: late.signal })
        .catch((error: unknown) => {
          log.warn(
            { directoryId, err: error },
            'The directory could not be woken; the sweep will.',
          );
        }),
    pause: pauseOf(INTERVAL_MS),
  });
  return {
    wake: request,
    async close() {
      const giveUp = setTimeout(() => late.abort(), DEADLINE_MS);
      await close();
      clearTimeout(giveUp);
    },
  };
};

/**
 * Signals a directory's workflow to drain the inbox, and starts it when it does not run. A repeat
 * costs one more look at the inbox. Throws within five seconds when Temporal does not answer.
 */
export const wakeDirectory = async (options: {
  readonly client: Client;
  readonly taskQueue: string;
  readonly directoryId: string;
}): Promise<void> => {
  const { client, taskQueue, directoryId } = options;
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.signalWithStart(WORKFLOW.directorySync, {
      ...directoryStart({ taskQueue, directoryId }),
      signal: SIGNAL.wake,
      signalArgs: [],
    }),
  );
};
