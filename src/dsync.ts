import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { CommanderError } from 'commander';
import type { CommandDeps, ProgressBar } from './commands/command-deps.ts';
import { explain } from './commands/explain.ts';
import { EXIT, Refused, type ExitCode } from './commands/outcome.ts';
import { createProgram } from './commands/program.ts';
import { describeProblems, loadConfig, type ConfigFor } from './config.ts';
import { localUrl } from './local/local-url.ts';
import { readLocalStack } from './local/stack-file.ts';
import { openDatabase } from './store/database.ts';
import { connectTemporal } from './temporal/connect.ts';
import { createWorkos } from './workos/client.ts';
import { createListings } from './workos/list-pages.ts';

const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
const stack = await readLocalStack(given['LOCAL_DATA_DIR'] ?? '.local');
const env: NodeJS.ProcessEnv = { ...stack, ...given };
const live = process.stdout.isTTY && given['NO_COLOR'] === undefined;
const closing = new AsyncDisposableStack();

process.exitCode = await run();
await closing.disposeAsync().catch(() => undefined);
// Retries of Temporal's client live on as timers and would hold the process.
process.exit();

async function run(): Promise<ExitCode> {
  const config = loadConfig(env, 'client');
  if ('problems' in config) {
    process.stderr.write(`${describeProblems(config.problems)}\n`);
    return EXIT.failed;
  }
  const outcome: { code: ExitCode } = { code: EXIT.done };
  try {
    const program = createProgram(createDeps(config), {
      write: (text) => process.stdout.write(text),
      writeError: (text) => process.stderr.write(text),
      exit: (code) => (outcome.code = code),
    });
    await program.parseAsync();
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { message, exitCode } = explain(error);
    process.stderr.write(`${message}\n`);
    if (config.logLevel === 'debug' && Error.isError(error)) {
      process.stderr.write(`${error.stack ?? ''}\n`);
    }
    return exitCode;
  }
}

function createDeps(config: ConfigFor<'client'>): CommandDeps {
  return {
    config,
    database: once(() => {
      if (config.mongodbUri === null) {
        throw new Refused('MONGODB_URI is not set; set it, or run `npm start` in this folder.');
      }
      const database = openDatabase(config.mongodbUri, {
        appName: 'dsync',
        subscriptions: 'noted',
      });
      closing.defer(() => database.client.close());
      return database;
    }),
    temporal: once(() => {
      const temporal = connectTemporal(env);
      if ('problems' in temporal) throw new Refused(temporal.problems[0]);
      closing.defer(() => temporal.close());
      return temporal;
    }),
    workos: once(() => createWorkos(workosAccess(config))),
    listings: once(() => createListings(workosAccess(config))),
    simulatorUrl: env['SIMULATOR_URL'] ?? null,
    temporalUiUrl: env['TEMPORAL_UI_URL'] ?? null,
    serverUrl: localUrl(config.host, config.port),
    fetch,
    now: () => new Date(),
    newId: () => randomUUID(),
    sleep: (ms) => sleep(ms),
    terminal: { live, confirm, progress: createBar },
  };
}

function workosAccess({ workosApiKey, workosApiUrl }: ConfigFor<'client'>) {
  if (workosApiKey === null) {
    throw new Refused('WORKOS_API_KEY is not set; set it, or run `npm start` in this folder.');
  }
  return { apiKey: workosApiKey, apiUrl: workosApiUrl };
}

function once<Value>(make: () => Value): () => Value {
  const made: Value[] = [];
  return () => {
    if (made.length === 0) made.push(make());
    const [value] = made;
    if (value === undefined) throw new Error('Nothing was made.');
    return value;
  };
}

async function confirm(question: string): Promise<boolean | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} Go on? [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

function createBar(): ProgressBar {
  if (!live) return { show: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: '{bar} {percentage}% {label}',
    barsize: 24,
    hideCursor: true,
    stream: process.stdout,
    clearOnComplete: true,
  });
  bar.start(1, 0, { label: '' });
  return { show: (done, label) => bar.update(done, { label }), stop: () => bar.stop() };
}
