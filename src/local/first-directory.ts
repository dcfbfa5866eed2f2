import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 250;

/**
 * Waits until the server knows a directory, so that the first look at it shows one: the simulator's
 * events come a moment after the server is ready. Gives up quietly after `timeoutMs`, and at once when
 * the server does not answer as ours does.
 */
export async function firstDirectory(options: {
  serverUrl: string;
  adminToken: string | undefined;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<void> {
  const { serverUrl, adminToken, timeoutMs, signal } = options;
  const until = performance.now() + timeoutMs;
  while (!signal.aborted && performance.now() < until) {
    // oxlint-disable no-await-in-loop -- one look after another
    const known = await directories(serverUrl, adminToken, signal);
    if (known === null || known > 0) return;
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    // oxlint-enable no-await-in-loop
  }
}

async function directories(
  serverUrl: string,
  adminToken: string | undefined,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const answer = await fetch(`${serverUrl}/api/v1/directories?limit=1`, {
      headers: adminToken ? { authorization: `Bearer ${adminToken}` } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
    });
    const body = (await answer.json()) as { directories?: unknown };
    return Array.isArray(body.directories) ? body.directories.length : null;
  } catch {
    return null;
  }
}
