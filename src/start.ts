import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import pc from 'picocolors';
import { describeProblems, loadConfig } from './config.ts';
import { messageOf } from './local/error-code.ts';
import { createLineup } from './local/lineup.ts';
import { createProgress } from './local/progress.ts';
import { readableLine } from './local/readable-line.ts';
import { removeLocalStack, writeLocalStack } from './local/stack-file.ts';
import { takeStackLock } from './local/stack-lock.ts';
import { describeStack } from './local/stack-summary.ts';
import { startStack } from './local/start-stack.ts';
import { createWorkos } from './workos/client.ts';

// `npm start`: everything on this machine, until Ctrl-C.

const refuse = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

if (process.platform === 'win32') {
  refuse('`npm start` runs on Linux and macOS; on Windows use it within WSL, or docker compose.');
}
const config = loadConfig(process.env, 'client');
if ('problems' in config) refuse(describeProblems(config.problems));
const dataDir = resolve(process.env['LOCAL_DATA_DIR'] || '.local');
const lock = await takeStackLock(dataDir);
if ('heldBy' in lock) {
  refuse(
    `\`npm start\` is already running with the data folder ${dataDir} (process ${lock.heldBy}); end it with \`kill ${lock.heldBy}\`, or set LOCAL_DATA_DIR to another folder.`,
  );
}

const progress = createProgress(process.stdout);
const lineup = createLineup();
const asked = Promise.withResolvers<'asked'>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => asked.resolve('asked'));
}
// The terminal may be gone before we are.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const script = (name: string): string => fileURLToPath(new URL(`${name}.ts`, import.meta.url));
const run = async (): Promise<never> => {
  const stack = await startStack({
    // Its lines are for whoever looks into trouble; the summary should stay in sight.
    env: { ...process.env, LOG_LEVEL: process.env['LOG_LEVEL'] || 'warn' },
    dataDir,
    scripts: { server: script('server'), worker: script('worker'), simulator: script('simulator') },
    workosAt: (apiUrl, apiKey) => createWorkos({ apiUrl, apiKey }),
    progress,
    onLine: (name, line) => progress.say(pc.dim(`${name.padEnd(9)} | ${readableLine(line)}`)),
    lineup,
  });
  await writeLocalStack(dataDir, stack);
  progress.end();
  progress.say(describeStack({ stack, dataDir }));
  return new Promise<never>((_resolve, reject) => {
    lineup.signal.addEventListener('abort', () => reject(lineup.signal.reason));
    if (lineup.signal.aborted) reject(lineup.signal.reason);
  });
};

const failure = await Promise.race([
  asked.promise,
  run().catch((error: unknown) => (lineup.signal.aborted ? lineup.signal.reason : error)),
]);
progress.end();
if (failure === 'asked') progress.step('Stopping …');
else process.stderr.write(`${describeFailure(failure)}\n`);
// A second Ctrl-C does not wait: everything ends with us. One Ctrl-C comes twice, from npm as well.
const impatientFrom = performance.now() + 1_000;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (performance.now() > impatientFrom) process.exit(1);
  });
}
await lineup.stop();
await removeLocalStack(dataDir);
if ('release' in lock) await lock.release();
progress.end();
if (failure === 'asked') progress.say('Everything has stopped. The data is kept.');
process.exit(failure === 'asked' ? 0 : 1);

function describeFailure(error: unknown): string {
  if (process.env['LOG_LEVEL'] !== 'debug' || !Error.isError(error)) return messageOf(error);
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `\n${inspect(error.cause)}`}`;
}
