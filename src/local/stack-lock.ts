import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error-code.ts';
import { isStillRunning, ownIdentity, type ProcessIdentity } from './process-table.ts';

/** Held by the one start that uses a data folder. */
export interface StackLock {
  release(): Promise<void>;
}

/**
 * Takes the data folder for this process, also from a start that was killed. Resolves to the id of
 * the process that holds it when that one is running.
 */
export async function takeStackLock(dataDir: string): Promise<StackLock | { heldBy: number }> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'start.lock');
  const own = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  const content = JSON.stringify(await ownIdentity());
  await writeFile(own, content, { mode: 0o600 });
  try {
    for (;;) {
      // A link appears whole or not at all, so nobody ever reads half an identity.
      if (await linked(own, path)) return { release: () => rm(path, { force: true }) };
      const found = await readFile(path, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      const holder = parseIdentity(found);
      if (holder && (await isStillRunning(holder))) return { heldBy: holder.pid };
      await removeUnchanged(path, { found, aside: `${own}.old` });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Reads an identity that `ownIdentity` gave; undefined when the text is not one. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    const { pid, command }: { pid?: unknown; command?: unknown } = JSON.parse(text);
    if (typeof pid === 'number' && typeof command === 'string') return { pid, command };
  } catch {
    // Not JSON: nobody's.
  }
  return undefined;
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Two starts may find the same dead lock; one of them must not take away the other's new one. */
async function removeUnchanged(
  path: string,
  { found, aside }: { found: string; aside: string },
): Promise<void> {
  await rename(path, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => found);
  if (moved !== found) await linked(aside, path);
  await rm(aside, { force: true });
}
