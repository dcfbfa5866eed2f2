import { openDatabase, type Database } from '../src/store/database.ts';
import { directoriesHealth, directoryHealth } from '../src/store/directory-health.ts';
import { ensureIndexes } from '../src/store/indexes.ts';
import { eventsPage } from '../src/store/list-events.ts';
import { personById } from '../src/store/person-by-id.ts';
import {
  allStatistics,
  directoryChanges,
  directoryStatistics,
} from '../src/store/read-statistics.ts';
import { seedLedger, type Ledger } from './ledger.ts';
import { percentiles, type Percentiles } from './percentiles.ts';
import type { BenchServers } from './servers.ts';

const DIRECTORIES = 10;
const RUNS = 5;

/** What the part `stats` measured: milliseconds of each query over a large ledger. */
export interface StatsReport {
  readonly part: 'stats';
  readonly server: string;
  readonly ledger: Omit<Ledger, 'directories'> & { readonly directories: number };
  readonly seedMs: number;
  readonly queries: readonly { readonly query: string; readonly ms: Percentiles }[];
}

/** Fills the inbox with the events of thirty days and times what status, stats and the API ask. */
export const benchStats = async (
  servers: BenchServers,
  options: {
    readonly events: number;
    readonly people: number;
    readonly seedForMs: number;
    readonly say: (text: string) => void;
  },
): Promise<StatsReport> => {
  const database = openDatabase(servers.mongodbUri);
  try {
    await ensureIndexes(database);
    options.say(`Storing ${options.events} events of thirty days …`);
    const now = Date.now();
    const from = performance.now();
    const seeded = await seedLedger(database, {
      events: options.events,
      people: options.people,
      directories: DIRECTORIES,
      now,
      signal: AbortSignal.any([servers.signal, AbortSignal.timeout(options.seedForMs)]),
    });
    servers.signal.throwIfAborted();
    const seedMs = Math.round(performance.now() - from);
    options.say('Asking …');
    const queries: StatsReport['queries'][number][] = [];
    for (const [query, ask] of questions(database, seeded, new Date(now))) {
      options.say(`Asking: ${query} …`);
      // oxlint-disable-next-line no-await-in-loop -- one question at a time has the server
      queries.push({ query, ms: percentiles(await timesOf(ask)) });
    }
    const { directories, ...rest } = seeded;
    return {
      part: 'stats',
      server: servers.engine,
      ledger: { ...rest, directories: directories.length },
      seedMs,
      queries,
    };
  } finally {
    await database.client.close();
  }
};

type Question = readonly [query: string, ask: () => Promise<unknown>];

const questions = (database: Database, ledger: Ledger, now: Date): readonly Question[] => {
  const [directoryId = ''] = ledger.directories;
  const span = { days: 30, now };
  const list = (wanted: Parameters<typeof eventsPage>[1]['wanted']) => () =>
    eventsPage(database, { wanted, limit: 50, after: null, now });
  return [
    ['health of a directory', () => directoryHealth(database, { directoryId, now })],
    ['health of all', () => directoriesHealth(database, { ids: ledger.directories, now })],
    ['statistics of a directory', () => directoryStatistics(database, { directoryId, ...span })],
    ['its audited changes', () => directoryChanges(database, { directoryId, ...span })],
    ['statistics of all', () => allStatistics(database, span)],
    ['newest events', list({})],
    ['newest events of a directory', list({ directoryId })],
    ['its pending events', list({ directoryId, status: 'pending' })],
    ['parked events of all', list({ status: 'parked' })],
    ['events of one type', list({ type: 'dsync.user.deleted' })],
    ['events of a type that there is none of', list({ type: 'dsync.token.created' })],
    ['a person', () => personById(database, 'directory_user_bench_7')],
  ];
};

const timesOf = async (ask: () => Promise<unknown>): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const from = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after another
    await ask();
    times.push(performance.now() - from);
  }
  return times;
};
