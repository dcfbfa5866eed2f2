import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { becomes } from './process-table.ts';

const supervisor = fileURLToPath(new URL('supervise.sh', import.meta.url));
const keptLines = 20;

/** A running server that ends with this process, however this process ends. */
export interface SupervisedChild {
  readonly pid: number;
  /** Resolves to a few words about its end ("exit code 1", "SIGKILL") once it has ended. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** The last lines it wrote, oldest first. */
  lastLines(): string[];
  /** Sends SIGTERM, after the grace SIGKILL; resolves when it has ended. A second call only waits. */
  stop(): Promise<void>;
}

/** What to run, and where its output goes: into a file, or line by line to a function. */
export interface ChildOptions {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Where its process id is kept while it runs, so that a later start can find a leftover. */
  pidFile: string;
  output: { file: string } | { onLine: (line: string) => void };
  /** Seconds between SIGTERM and SIGKILL. */
  graceSeconds?: number;
}

/**
 * Starts a command that never outlives this process: a small shell between the two holds a pipe
 * to us and ends the command when the pipe closes, which happens even after `kill -9`.
 * Throws an Error when the command cannot be started. A second call starts a second one.
 */
export async function startSupervised(options: ChildOptions): Promise<SupervisedChild> {
  const { command, args, pidFile, output, graceSeconds = 5 } = options;
  mkdirSync(dirname(pidFile), { recursive: true });
  rmSync(pidFile, { force: true });
  const file = 'file' in output ? openLog(output.file) : undefined;
  const child = spawn('/bin/sh', [supervisor, pidFile, String(graceSeconds), command, ...args], {
    env: options.env ?? process.env,
    stdio: ['pipe', file ?? 'pipe', file ?? 'pipe'],
    // Its own process group: Ctrl-C in a terminal reaches us alone, and we end the rest in order.
    detached: true,
  });
  if (file !== undefined) closeSync(file);

  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line);
      if (tail.length > keptLines) tail.shift();
      if ('onLine' in output) output.onLine(line);
    });
  }
  // The pipe breaks when the supervisor ends first, which `ended` reports.
  child.stdin?.on('error', () => {});

  const state = { over: false };
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      state.over = true;
      resolve(error.message);
    });
    const over = (code: number | null, signal: NodeJS.Signals | null): void => {
      state.over = true;
      resolve(describeEnd(code, signal));
    };
    // 'close' waits for the last output, but never comes while a killed shell's command lives on.
    child.once('close', over);
    child.once('exit', (code, signal) => setTimeout(over, 300, code, signal).unref());
  });
  const pid = await pidFrom(pidFile, () => state.over);
  const lastLines = (): string[] => ('file' in output ? lastLinesOf(output.file) : [...tail]);
  if (pid === undefined && !state.over) child.kill('SIGKILL');
  if (pid === undefined && state.over && lastLines().length === 0) {
    throw new Error(`${command} could not be started: ${await ended}.`);
  }
  return {
    pid: pid ?? 0,
    ended,
    hasEnded: () => state.over,
    lastLines,
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, 'w', 0o600);
}

async function pidFrom(pidFile: string, isOver: () => boolean): Promise<number | undefined> {
  const read = (): number => {
    try {
      return Number(readFileSync(pidFile, 'utf8'));
    } catch {
      return 0;
    }
  };
  await becomes(() => read() > 0 || isOver(), 10_000);
  return read() || undefined;
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return signal;
  // A shell reports the end by a signal as 128 and its number.
  if (code === 137) return 'SIGKILL';
  return code === 143 ? 'SIGTERM' : `exit code ${code}`;
}

function lastLinesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-keptLines);
  } catch {
    return [];
  }
}
