import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errorCode } from './error-code.ts';

const run = promisify(execFile);

/** Whether a process with this id exists (a zombie counts). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return errorCode(error) === 'EPERM';
  }
}

/** The command line of a running process, or undefined when there is none (a zombie has none). */
export async function commandOf(pid: number): Promise<string | undefined> {
  // Slim Linux images have no ps, macOS has no /proc.
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return raw === '' ? undefined : raw.replaceAll('\0', ' ').trim();
  }
  const listed = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(
    () => undefined,
  );
  const command = listed?.stdout.trim() ?? '';
  return command === '' || command === '(node)' ? undefined : command;
}

/** Resolves to true when the condition holds, to false after `timeoutMs`. Looks every 25 ms. */
export async function becomes(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A process, told apart from a later one that got the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly command: string;
}

/** Who this process is. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, command: (await commandOf(process.pid)) ?? '' };
}

/** Whether that very process is still running. */
export async function isStillRunning({ pid, command }: ProcessIdentity): Promise<boolean> {
  return (await commandOf(pid)) === command;
}
