import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is not undefined, and gives it. Throws one sentence after `timeoutMs`, and
 * the signal's reason when it is aborted.
 */
export const waitFor = async <Answer>(options: {
  readonly what: string;
  readonly ask: () => Promise<Answer | undefined> | Answer | undefined;
  readonly timeoutMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}): Promise<Answer> => {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal.throwIfAborted();
    // oxlint-disable-next-line no-await-in-loop -- one question at a time
    const answer = await options.ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline)
      throw new Error(`${options.what} did not happen within ${options.timeoutMs / 1000} s.`);
    // oxlint-disable-next-line no-await-in-loop -- the pause between two questions
    await sleep(options.everyMs, undefined, { signal: options.signal });
  }
};
