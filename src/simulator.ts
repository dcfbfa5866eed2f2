import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { createReaders } from './config-readers.ts';
import { describeProblems } from './config.ts';
import { scenarios } from './simulator/scenarios/scenarios.ts';
import { startSimulator } from './simulator/start-simulator.ts';
import type { Simulator } from './simulator/start-simulator.ts';

const DONE = 0;
const FAILED = 1;
const USAGE = 2;

const integer =
  (least: number, most: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      throw new InvalidArgumentError(`Allowed is a whole number from ${least} to ${most}.`);
    }
    return number;
  };

const seconds = (value: string): number => {
  const number = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || number < 0.1 || number > 86_400) {
    throw new InvalidArgumentError('Allowed is a number of seconds from 0.1 to 86400.');
  }
  return number;
};

const scenario = (value: string): string => {
  if (!Object.hasOwn(scenarios, value)) {
    throw new InvalidArgumentError(`Allowed are ${Object.keys(scenarios).join(', ')}.`);
  }
  return value;
};

const endpoint = (value: string): string => {
  const url = URL.parse(value);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Allowed is an absolute http or https URL.');
  }
  return url.href;
};

/** What the environment says, as it stands in a container; an argument wins over it. */
type Environment = {
  readonly port: number;
  readonly host: string;
  readonly dataFile: string | undefined;
  readonly webhookSecret: string | undefined;
};

const readEnvironment = (env: NodeJS.ProcessEnv): Environment => {
  const read = createReaders(env);
  const folder = read.text('LOCAL_DATA_DIR');
  const environment = {
    port: read.integer('PORT', { min: 0, max: 65_535, otherwise: 4010 }),
    host: read.text('HOST') ?? '127.0.0.1',
    dataFile: folder === null ? undefined : join(folder, 'simulator.jsonl'),
    webhookSecret: read.list('WORKOS_WEBHOOK_SECRET')[0],
  };
  if (read.problems.length === 0) return environment;
  process.stderr.write(`${describeProblems(read.problems)}\n`);
  return process.exit(FAILED);
};

type Options = {
  readonly port: number;
  readonly host: string;
  readonly dataFile?: string;
  readonly scenario?: string;
  readonly living?: number;
  readonly seed: number;
  readonly endpoint?: string;
};

const readOptions = (args: readonly string[], environment: Environment): Options => {
  const { port, host, dataFile, webhookSecret } = environment;
  const program = new Command('simulator')
    .description('A simulated WorkOS Directory Sync: API, events and signed webhooks.')
    .option('--port <port>', 'port to listen on; 0 takes any', integer(0, 65_535), port)
    .option('--host <host>', 'address to listen on', host)
    .option('--data-file <path>', 'where the simulated world is kept', dataFile)
    .option(
      '--endpoint <url>',
      'where webhooks go from the start, signed with WORKOS_WEBHOOK_SECRET',
      endpoint,
    )
    .option('--scenario <name>', 'scenario to play if there is no directory yet', scenario)
    .option('--living <seconds>', 'one small change every so many seconds', seconds)
    .option('--seed <n>', 'seed of everything random', integer(0, 4_294_967_295), 1)
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(args, { from: 'user' });
  const options = program.opts<Options>();
  if (options.endpoint !== undefined && webhookSecret === undefined) {
    program.error('error: --endpoint needs a secret: set WORKOS_WEBHOOK_SECRET to any text.');
  }
  return options;
};

const failure = (error: unknown, { host, port }: Options): string => {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `Port ${port} of ${host} is in use: choose another with --port, or end what uses it.`;
  }
  return error.message;
};

const endOnSignal = (simulator: Simulator): void => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void simulator.close().then(() => process.exit(DONE));
    });
  }
};

const run = async (args: readonly string[]): Promise<void> => {
  const environment = readEnvironment(process.env);
  let options: Options;
  try {
    options = readOptions(args, environment);
  } catch (error) {
    // Commander has written its sentence (or the help) already.
    process.exit(error instanceof CommanderError && error.exitCode === 0 ? DONE : USAGE);
  }
  try {
    const { living, endpoint: url, ...rest } = options;
    const secret = environment.webhookSecret;
    const simulator = await startSimulator({
      ...rest,
      livingSeconds: living,
      endpoint: url === undefined || secret === undefined ? undefined : { url, secret },
    });
    endOnSignal(simulator);
    process.stdout.write(`WorkOS simulator at ${simulator.url} (end it with Ctrl-C)\n`);
  } catch (error) {
    process.stderr.write(`${failure(error, options)}\n`);
    if (process.env['LOG_LEVEL'] === 'debug' && error instanceof Error) {
      process.stderr.write(`${error.stack}\n`);
    }
    process.exit(FAILED);
  }
};

await run(process.argv.slice(2));
