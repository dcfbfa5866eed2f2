import { Client, Connection } from '@temporalio/client';
import { directoryId } from '../src/domain/ids.ts';
import { openDatabase, type Database } from '../src/store/database.ts';
import { ensureIndexes } from '../src/store/indexes.ts';
import { newDirectory } from '../src/store/new-directory.ts';
import { createInbox, type IncomingEvent } from '../src/store/inbox.ts';
import { wakeDirectory } from '../src/temporal/wake.ts';
import { DEFAULT_TASK_QUEUE } from '../workflows/contract.ts';
import { mixedEvents, type MixedEvents } from './mixed-events.ts';
import { readResult, writeRaw } from './raw-writes.ts';
import type { BenchServers } from './servers.ts';
import { startBenchSimulator } from './simulator.ts';
import { waitFor } from './wait.ts';

const DIRECTORIES = 10;
const PAGE = 1000;
const WANTED_RATIO = 0.3;

/** What the part `apply` measured; milliseconds, and events or documents a second. */
export interface ApplyReport {
  readonly part: 'apply';
  readonly server: string;
  readonly events: number;
  readonly directories: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly applyMs: number;
  readonly eventsPerSecond: number;
  readonly notApplied: number;
  readonly resulting: {
    readonly users: number;
    readonly groups: number;
    readonly memberships: number;
    readonly documents: number;
  };
  readonly raw: {
    readonly indexedMs: number;
    readonly indexedPerSecond: number;
    readonly plainMs: number;
    readonly plainPerSecond: number;
  };
  /** Events applied a second to documents written raw a second. */
  readonly ratio: { readonly indexed: number; readonly plain: number; readonly wanted: number };
  readonly reached: boolean;
}

/**
 * Lets events wait in the inbox of ten known directories, wakes them, and takes the time until the
 * product's worker process has settled all; then writes what resulted raw on the same server.
 */
export const benchApply = async (
  servers: BenchServers,
  options: {
    readonly events: number;
    readonly seed: number;
    readonly timeoutMs: number;
    readonly workerEnv: Readonly<Record<string, string>>;
    readonly say: (text: string) => void;
  },
): Promise<ApplyReport> => {
  const { say } = options;
  const database = openDatabase(servers.mongodbUri);
  const connection = await Connection.connect({ address: servers.temporalAddress });
  try {
    await ensureIndexes(database);
    say('Letting ten companies live in the simulator …');
    const simulator = await startBenchSimulator(servers, options.seed);
    const mixed = await mixedEvents(simulator, {
      count: options.events,
      directories: DIRECTORIES,
    });
    await fillInbox(database, mixed);
    const worker = await servers.serve({
      name: 'worker',
      env: {
        WORKOS_API_URL: simulator.url,
        WORKOS_API_KEY: simulator.apiKey,
        INTAKE: 'webhook',
        ...options.workerEnv,
      },
      readyLine: 'The worker polls.',
    });
    say(`Applying ${options.events} events …`);
    const client = new Client({ connection });
    const last = lastEvents(mixed);
    const from = performance.now();
    await Promise.all(
      mixed.directories.map((id) =>
        wakeDirectory({ client, taskQueue: DEFAULT_TASK_QUEUE, directoryId: id }),
      ),
    );
    const applyMs = await waitFor({
      what: 'The settling of all events',
      ask: async () =>
        // Ten documents by id: looking through all that waits would be most of the server's load.
        (await database.events.findOne(
          { _id: { $in: last }, status: 'pending' },
          { projection: { _id: 1 } },
        )) === null
          ? performance.now() - from
          : undefined,
      timeoutMs: options.timeoutMs,
      everyMs: 20,
      signal: servers.signal,
    });
    const notApplied = await database.events.countDocuments({ status: { $ne: 'applied' } });
    await worker.stop();
    say('Writing the same raw …');
    const result = await readResult(database);
    const raw = { result, mongodbUri: servers.mongodbUri };
    const indexedMs = await writeRaw(raw.mongodbUri, {
      result,
      indexes: 'product',
      database: 'bench_raw_indexed',
    });
    const plainMs = await writeRaw(raw.mongodbUri, {
      result,
      indexes: 'none',
      database: 'bench_raw_plain',
    });
    return applyReport({ servers, mixed, applyMs, notApplied, result, indexedMs, plainMs });
  } finally {
    await Promise.all([connection.close(), database.client.close()]);
  }
};

const fillInbox = async (database: Database, mixed: MixedEvents): Promise<void> => {
  await database.directories.insertMany(
    mixed.directories.map((id) => {
      const known = newDirectory(directoryId(id));
      return { ...known, syncStatus: 'active', sync: { ...known.sync, owesBackfill: false } };
    }),
  );
  const inbox = createInbox({ database, now: () => new Date() });
  for (let start = 0; start < mixed.events.length; start += PAGE) {
    // oxlint-disable-next-line no-await-in-loop -- a page at a time keeps the memory small
    await inbox.acceptMany(mixed.events.slice(start, start + PAGE));
  }
};

/** Each directory's last event in the order of application: once it is settled, all of them are. */
const lastEvents = ({ events }: MixedEvents): string[] => {
  const last = new Map<string | null, IncomingEvent>();
  for (const event of events) {
    const before = last.get(event.directoryId);
    if (before === undefined || isLater(event, before)) last.set(event.directoryId, event);
  }
  return [...last.values()].map(({ id }) => id);
};

const isLater = (a: IncomingEvent, b: IncomingEvent): boolean =>
  a.createdAt.getTime() === b.createdAt.getTime() ? a.id > b.id : a.createdAt > b.createdAt;

const rate = (count: number, ms: number): number => Math.round((count / ms) * 1000);

const applyReport = (measured: {
  readonly servers: BenchServers;
  readonly mixed: MixedEvents;
  readonly applyMs: number;
  readonly notApplied: number;
  readonly result: Awaited<ReturnType<typeof readResult>>;
  readonly indexedMs: number;
  readonly plainMs: number;
}): ApplyReport => {
  const { mixed, applyMs, result, indexedMs, plainMs, notApplied } = measured;
  const users = result.users.length;
  const groups = result.groups.length;
  const memberships = result.groupMembers.length;
  const documents = users + groups + memberships;
  const events = mixed.events.length;
  const ratio = (ms: number): number => Number((events / applyMs / (documents / ms)).toFixed(3));
  const byType = Object.groupBy(mixed.events, ({ type }) => type);
  return {
    part: 'apply',
    server: measured.servers.engine,
    events,
    directories: mixed.directories.length,
    byType: Object.fromEntries(
      Object.entries(byType).map(([type, some]) => [type, some?.length ?? 0]),
    ),
    applyMs: Math.round(applyMs),
    eventsPerSecond: rate(events, applyMs),
    notApplied,
    resulting: { users, groups, memberships, documents },
    raw: {
      indexedMs: Math.round(indexedMs),
      indexedPerSecond: rate(documents, indexedMs),
      plainMs: Math.round(plainMs),
      plainPerSecond: rate(documents, plainMs),
    },
    ratio: { indexed: ratio(indexedMs), plain: ratio(plainMs), wanted: WANTED_RATIO },
    reached: notApplied === 0 && ratio(indexedMs) >= WANTED_RATIO,
  };
};
