import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { isObject } from '../src/domain/json-object.ts';
import { createProgress } from '../src/local/progress.ts';
import { benchApply, type ApplyReport } from './apply.ts';
import { benchLeaver, type LeaverReport } from './leaver.ts';
import { startServers, type BenchServers } from './servers.ts';
import { benchStats, type StatsReport } from './stats.ts';
import { tableOf } from './tables.ts';

const PARTS = ['apply', 'leaver', 'stats'] as const;
type Part = (typeof PARTS)[number];

const whole =
  (least: number, most: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/u.test(value) || number < least || number > most)
      throw new InvalidArgumentError(`Allowed is a whole number from ${least} to ${most}.`);
    return number;
  };

const partsOf = (value: string): readonly Part[] => {
  const named = PARTS.filter((part) => part === value);
  if (named.length === 0 && value !== 'all')
    throw new InvalidArgumentError('Allowed are apply, leaver, stats and all.');
  return named.length === 0 ? PARTS : named;
};

const chosen: { parts: readonly Part[] } = { parts: PARTS };
const program = new Command('bench')
  .description('Measures on servers of its own, on this machine, and prints tables and JSON.')
  .argument('[part]', 'apply, leaver, stats or all', partsOf, PARTS)
  .option('--events <n>', 'events that wait, for apply', whole(10, 1_000_000), 20_000)
  .option('--people <n>', 'people, for leaver and stats', whole(100, 1_000_000), 20_000)
  .option('--ledger <n>', 'events in the inbox, for stats', whole(1000, 20_000_000), 1_000_000)
  .option('--seconds <n>', 'at most so long: applying, leaving, or storing', whole(1, 3600), 180)
  .option('--seed <n>', 'seed of everything random', whole(0, 4_294_967_295), 1)
  .option('--json <file>', 'write the JSON into a file instead of the output')
  .option('--cpu-prof <folder>', 'profile the worker into this folder')
  .allowExcessArguments(false)
  .action((parts: readonly Part[]) => {
    chosen.parts = parts;
  })
  .exitOverride();

interface Options {
  readonly events: number;
  readonly people: number;
  readonly ledger: number;
  readonly seconds: number;
  readonly seed: number;
  readonly json?: string;
  readonly cpuProf?: string;
}

try {
  program.parse();
} catch (error) {
  process.exit(error instanceof CommanderError && error.exitCode === 0 ? 0 : 2);
}

const options = program.opts<Options>();
const { parts } = chosen;
const progress = createProgress(process.stderr);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error('It was asked to stop.')));
}

type Report = ApplyReport | LeaverReport | StatsReport;

const measure = async (part: Part): Promise<Report> => {
  const servers: BenchServers = await startServers({
    env: process.env,
    progress,
    signal: interrupted.signal,
  });
  progress.say(`${part}: on ${servers.engine}`);
  const shared = {
    seed: options.seed,
    say: (text: string) => progress.step(text),
    workerEnv:
      options.cpuProf === undefined
        ? {}
        : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir="${resolve(options.cpuProf)}"` },
  };
  const { events, people, ledger, seconds } = options;
  try {
    switch (part) {
      case 'apply':
        return await benchApply(servers, { ...shared, events, timeoutMs: seconds * 1000 });
      case 'leaver':
        return await benchLeaver(servers, { ...shared, people, seconds });
      case 'stats':
        return await benchStats(servers, {
          events: ledger,
          people,
          seedForMs: seconds * 1000,
          say: shared.say,
        });
    }
  } finally {
    progress.step('Ending the servers …');
    await servers.stop();
    progress.end();
  }
};

const packageVersion = async (): Promise<string> => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const json: unknown = JSON.parse(text);
  return String(isObject(json) ? json['version'] : 'unknown');
};

try {
  const loadBefore = loadavg()[0] ?? 0;
  const reports: Report[] = [];
  for (const part of parts) {
    // oxlint-disable-next-line no-await-in-loop -- one part at a time has the machine
    const report = await measure(part);
    process.stdout.write(`${tableOf(report)}\n`);
    reports.push(report);
  }
  const json = JSON.stringify(
    {
      at: new Date().toISOString(),
      seed: options.seed,
      machine: {
        cpus: cpus().length,
        cpu: cpus()[0]?.model ?? 'unknown',
        memoryMb: Math.round(totalmem() / 1_048_576),
        system: `${process.platform} ${release()} ${process.arch}`,
        loadBefore: Number(loadBefore.toFixed(2)),
      },
      versions: { product: await packageVersion(), node: process.version },
      reports,
    },
    null,
    2,
  );
  if (options.json === undefined) process.stdout.write(`${json}\n`);
  else await writeFile(options.json, `${json}\n`);
  process.exit(0);
} catch (error) {
  progress.end();
  const detail = process.env['LOG_LEVEL'] === 'debug' && Error.isError(error) ? error.stack : null;
  process.stderr.write(`${detail ?? (Error.isError(error) ? error.message : String(error))}\n`);
  process.exit(1);
}
