import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftover } from './leftover.ts';
import { startSupervised, type SupervisedChild } from './supervised-child.ts';

/** Where Node keeps compiled modules by default: loading them is most of a start. */
const COMPILE_CACHE = join(tmpdir(), 'node-compile-cache');

/** One of our own processes, in the local stack. */
export interface Service {
  stop(): Promise<void>;
  /** Resolves to one sentence, with its last lines, when it has ended unasked and is given up. */
  died: Promise<string>;
}

/** What to run: a script of ours with this environment. */
export interface ServiceOptions {
  name: string;
  script: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  dataDir: string;
  onLine: (line: string) => void;
  /** How often it is started again when it ends unasked. */
  restarts?: number;
  graceSeconds?: number;
}

/** Ends what a killed start left of this service. A repeat finds nothing. */
export async function endServiceLeftover(
  options: Pick<ServiceOptions, 'name' | 'script' | 'dataDir'>,
): Promise<void> {
  await endLeftover({ pidFile: pidFileOf(options), marker: options.script });
}

/** Starts a service that never outlives this process. Throws an Error when it cannot be started. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, script, args = [], env, onLine, restarts = 0, graceSeconds = 5 } = options;
  const start = (): Promise<SupervisedChild> =>
    startSupervised({
      command: process.execPath,
      args: [script, ...args],
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
      pidFile: pidFileOf(options),
      output: { onLine },
      graceSeconds,
    });
  const current = { child: await start(), isStopping: false };
  const givenUp = Promise.withResolvers<string>();
  const watch = async (): Promise<void> => {
    for (let left = restarts; ; left -= 1) {
      const end = await current.child.ended;
      if (current.isStopping) return;
      if (left === 0) {
        givenUp.resolve(describeDeath({ name, end, lines: current.child.lastLines() }));
        return;
      }
      onLine(`ended (${end}), starting again`);
      current.child = await start();
      if (current.isStopping) await current.child.stop();
    }
  };
  watch().catch((error: unknown) => givenUp.resolve(`The ${name} did not start: ${String(error)}`));
  return {
    died: givenUp.promise,
    async stop() {
      current.isStopping = true;
      await current.child.stop();
    },
  };
}

/** One sentence about a process that ended unasked, then its last lines. */
export function describeDeath(options: { name: string; end: string; lines: string[] }): string {
  const { name, end, lines } = options;
  const last = lines.slice(-10).map((line) => `  ${line}`);
  return [`The ${name} ended unexpectedly (${end}).`, ...last].join('\n');
}

function pidFileOf({ dataDir, name }: { dataDir: string; name: string }): string {
  return join(dataDir, 'run', `${name.replaceAll(' ', '-')}.pid`);
}
