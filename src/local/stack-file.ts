import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isStillRunning, ownIdentity } from './process-table.ts';
import { parseIdentity } from './stack-lock.ts';

/** What a client of the local stack needs to know, in the names of the environment. */
export interface StackEnvironment {
  readonly MONGODB_URI: string;
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
  readonly WORKOS_API_URL: string;
  readonly WORKOS_API_KEY: string;
  readonly HOST: string;
  readonly PORT: string;
  /** Absent when INTAKE has no webhook. */
  readonly WORKOS_WEBHOOK_SECRET?: string;
  /** Absent when WorkOS itself is used. */
  readonly SIMULATOR_URL?: string;
  /** Absent when TEMPORAL_ADDRESS was given. */
  readonly TEMPORAL_UI_URL?: string;
}

/** Writes the environment of the running stack, readable by its owner only. A repeat replaces it. */
export async function writeLocalStack(dataDir: string, env: StackEnvironment): Promise<void> {
  const path = pathIn(dataDir);
  const text = `${JSON.stringify({ ...(await ownIdentity()), env }, null, 2)}\n`;
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Removes it at a clean end. A repeat does nothing. */
export async function removeLocalStack(dataDir: string): Promise<void> {
  await rm(pathIn(dataDir), { force: true });
}

/**
 * The environment of the stack that `npm start` runs with this data folder, or undefined when none
 * runs: no file, or one left by a start that was killed. Changes nothing.
 */
export async function readLocalStack(dataDir: string): Promise<StackEnvironment | undefined> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch(() => '');
  const owner = parseIdentity(text);
  if (!owner || !(await isStillRunning(owner))) return undefined;
  const { env }: { env: StackEnvironment } = JSON.parse(text);
  return env;
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'stack.json');
}
