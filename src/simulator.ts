import { Command, CommanderError, InvalidArgumentError } from 'commander';
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

type Options = {
  readonly port: number;
  readonly host: string;
  readonly dataFile?: string;
  readonly scenario?: string;
  readonly living?: number;
  readonly seed: number;
};

const readOptions = (args: readonly string[]): Options => {
  const program = new Command('simulator')
    .description('A simulated WorkOS Directory Sync: API, events and signed webhooks.')
    .option('--port <port>', 'port to listen on; 0 takes any', integer(0, 65_535), 4010)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-file <path>', 'where the simulated world is kept')
    .option('--scenario <name>', 'scenario to play if there is no directory yet', scenario)
    .option('--living <seconds>', 'one small change every so many seconds', seconds)
    .option('--seed <n>', 'seed of everything random', integer(0, 4_294_967_295), 1)
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(args, { from: 'user' });
  return program.opts<Options>();
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
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    // Commander has written its sentence (or the help) already.
    process.exit(error instanceof CommanderError && error.exitCode === 0 ? DONE : USAGE);
  }
  try {
    const simulator = await startSimulator({ ...options, livingSeconds: options.living });
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
