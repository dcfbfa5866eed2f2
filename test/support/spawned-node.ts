import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A new empty folder, removed when disposed; a killed run's is removed by the next run. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), `directory-sync-test-${process.pid}-case-`));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Runs a module's text in a Node process of its own, killed when disposed. */
export function spawnedNode(source: string): AsyncDisposable & {
  process: ChildProcess;
  /** The first line it prints. */
  firstLine: Promise<string>;
} {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const firstLine = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).once('line', firstLine.resolve);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return {
    process: child,
    firstLine: firstLine.promise,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
