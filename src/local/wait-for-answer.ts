import { messageOf } from './error-code.ts';

/**
 * Asks a URL until it answers 200. Throws an Error with one sentence, holding the last answer, when
 * it has not after `timeoutMs`; an aborted signal ends the wait with the signal's reason.
 */
export async function waitForAnswer(options: {
  name: string;
  url: string;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<void> {
  const { name, url, timeoutMs, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask(url);
    if (answer === 'ok') return;
    signal.throwIfAborted();
    if (performance.now() > deadline) {
      throw new Error(`The ${name} was not ready after ${timeoutMs / 1000} s (${url}: ${answer}).`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body = await response.text();
    return response.status === 200 ? 'ok' : `${response.status} ${body.slice(0, 300)}`;
  } catch (error) {
    return messageOf(error);
  }
}
