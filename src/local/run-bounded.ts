import { join } from 'node:path';
import { startSupervised } from './supervised-child.ts';

/** A command with the time it may take. */
export interface BoundedCommand {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** A folder of ours for its pid file. */
  workDir: string;
  timeoutMs: number;
  /** Ends it earlier when it has printed nothing for so long. */
  silenceMs?: number;
  onLine?: (line: string) => void;
}

/**
 * Runs a command to its end and resolves to the lines it printed last. It never outlives this
 * process. Throws an Error with its last line when it fails or takes too long. Repeats run it again.
 */
export async function runBounded(options: BoundedCommand): Promise<string[]> {
  const { command, args, timeoutMs, silenceMs = timeoutMs } = options;
  const tooLong = new Error(`It took longer than ${timeoutMs / 1000} s.`);
  const tooQuiet = new Error(`It printed nothing for ${silenceMs / 1000} s.`);
  const late = Promise.withResolvers<Error>();
  const total = setTimeout(() => late.resolve(tooLong), timeoutMs);
  const silence = setTimeout(() => late.resolve(tooQuiet), silenceMs);
  const child = await startSupervised({
    command,
    args,
    ...(options.env ? { env: options.env } : {}),
    pidFile: join(options.workDir, '.running.pid'),
    graceSeconds: 1,
    output: {
      onLine: (line) => {
        silence.refresh();
        options.onLine?.(line);
      },
    },
  });
  try {
    const end = await Promise.race([child.ended, late.promise]);
    if (typeof end !== 'string') throw end;
    if (end !== 'exit code 0') throw new Error(child.lastLines().at(-1) ?? end);
    return child.lastLines();
  } finally {
    clearTimeout(total);
    clearTimeout(silence);
    await child.stop();
  }
}
