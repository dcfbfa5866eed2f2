import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { directoryId } from '../src/domain/ids.ts';
import { WEBHOOK_PATH } from '../src/domain/webhook-path.ts';
import { newDirectory } from '../src/store/new-directory.ts';
import { openDatabase, type Database } from '../src/store/database.ts';
import { ensureIndexes } from '../src/store/indexes.ts';
import { wakeDirectory } from '../src/temporal/wake.ts';
import { freePort } from '../src/local/free-port.ts';
import { DEFAULT_TASK_QUEUE } from '../workflows/contract.ts';
import { deprovision, type Leave } from './deprovision.ts';
import { percentiles, type Percentiles } from './percentiles.ts';
import type { BenchServers } from './servers.ts';
import { startBenchSimulator } from './simulator.ts';
import { waitFor } from './wait.ts';

const WANTED_MS = 1000;
const BETWEEN_MS = 1000;
const QUIET_PEOPLE = 200;
const GROUPS = 15;

/** What the part `leaver` measured; durations in milliseconds. */
export interface LeaverReport {
  readonly part: 'leaver';
  readonly server: string;
  readonly people: number;
  /** How far the backfill was when the last leaver had left. */
  readonly backfill: { readonly usersAtEnd: number; readonly stillRunning: boolean };
  /** From just before the request is sent until the commit is seen. */
  readonly quiet: Percentiles;
  readonly underBackfill: Percentiles;
  readonly all: Percentiles;
  /** From the stored time of receipt (`receivedAt`) until the commit is seen. */
  readonly fromReceipt: Percentiles;
  readonly notInTime: number;
  readonly wantedP99: number;
  readonly reached: boolean;
}

/**
 * While a directory of `people` is backfilled at WorkOS's limits, deprovisions one person a second by
 * a signed webhook, in turn of a quiet directory and of the one under backfill, for `seconds` or
 * until the backfill ends.
 */
export const benchLeaver = async (
  servers: BenchServers,
  options: {
    readonly people: number;
    readonly seconds: number;
    readonly seed: number;
    readonly workerEnv: Readonly<Record<string, string>>;
    readonly say: (text: string) => void;
  },
): Promise<LeaverReport> => {
  const { say, seconds } = options;
  const database = openDatabase(servers.mongodbUri);
  const connection = await Connection.connect({ address: servers.temporalAddress });
  try {
    await ensureIndexes(database);
    const simulator = await startBenchSimulator(servers, options.seed);
    const secret = `whsec_${randomBytes(16).toString('hex')}`;
    const port = await freePort();
    await servers.serve({
      name: 'worker',
      env: {
        WORKOS_API_URL: simulator.url,
        WORKOS_API_KEY: simulator.apiKey,
        INTAKE: 'webhook',
        ...options.workerEnv,
      },
      readyLine: 'The worker polls.',
    });
    await servers.serve({
      name: 'server',
      env: { WORKOS_WEBHOOK_SECRET: secret, INTAKE: 'webhook', PORT: String(port) },
      readyLine: 'The server listens.',
    });
    const client = new Client({ connection });
    const begin = async (people: number): Promise<string> => {
      const { directory } = await simulator.play('backfill', { people, groups: GROUPS });
      // A directory at its first mention owes its backfill; the wake alone mentions nothing.
      await database.directories.insertOne(newDirectory(directoryId(directory)));
      await wakeDirectory({ client, taskQueue: DEFAULT_TASK_QUEUE, directoryId: directory });
      return directory;
    };
    // Only the listing tells who is there, so that the backfill is what works.
    await simulator.setKnobs({ activationEvents: false });
    say('Backfilling a quiet directory …');
    const quiet = await begin(QUIET_PEOPLE);
    await becomesActive(database, quiet, servers);
    say(`Backfilling ${options.people} people while one leaves a second …`);
    const busy = await begin(options.people);
    await knowsSomebody(database, busy, servers);

    const target = { url: `http://127.0.0.1:${port}${WEBHOOK_PATH}`, secret };
    const leaves: Leave[] = [];
    const until = performance.now() + seconds * 1000;
    const isRunning = async (): Promise<boolean> =>
      (await database.directories.findOne({ _id: busy }))?.syncStatus !== 'active';
    const leaving: Promise<void>[] = [];
    for (let turn = 0; performance.now() < until; turn += 1) {
      const directory = turn % 2 === 0 ? quiet : busy;
      const next = sleep(BETWEEN_MS, undefined, { signal: servers.signal });
      // oxlint-disable-next-line no-await-in-loop -- one a second
      if (!(await isRunning())) break;
      leaving.push(
        deprovision({ database, simulator, target, directory, turn, signal: servers.signal }).then(
          (leave) => void leaves.push(leave),
        ),
      );
      // oxlint-disable-next-line no-await-in-loop -- one a second
      await next;
    }
    await Promise.all(leaving);
    const stillRunning = await isRunning();
    const usersAtEnd = await database.users.countDocuments({ directoryId: busy });
    const inTime = leaves.filter((leave) => leave.seen);
    const all = took(inTime);
    return {
      part: 'leaver',
      server: servers.engine,
      people: options.people,
      backfill: { usersAtEnd, stillRunning },
      quiet: took(inTime.filter((leave) => leave.directory === quiet)),
      underBackfill: took(inTime.filter((leave) => leave.directory === busy)),
      all,
      fromReceipt: percentiles(inTime.map((leave) => leave.fromReceiptMs)),
      notInTime: leaves.length - inTime.length,
      wantedP99: WANTED_MS,
      reached: leaves.length === inTime.length && all.p99 !== null && all.p99 < WANTED_MS,
    };
  } finally {
    await Promise.all([connection.close(), database.client.close()]);
  }
};

const took = (leaves: readonly Leave[]): Percentiles => percentiles(leaves.map((one) => one.ms));

const becomesActive = (
  database: Database,
  directory: string,
  { signal }: BenchServers,
): Promise<true> =>
  waitFor({
    what: 'The first backfill',
    ask: async () => {
      const found = await database.directories.findOne({ _id: directory });
      return found?.syncStatus === 'active' ? true : undefined;
    },
    timeoutMs: 60_000,
    everyMs: 100,
    signal,
  });

const knowsSomebody = (
  database: Database,
  directory: string,
  { signal }: BenchServers,
): Promise<true> =>
  waitFor({
    what: 'The first page of the backfill',
    ask: async () =>
      (await database.users.findOne({ directoryId: directory })) === null ? undefined : true,
    timeoutMs: 60_000,
    everyMs: 100,
    signal,
  });
