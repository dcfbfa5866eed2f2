import type { Document } from 'mongodb';
import { openDatabase, type Database } from '../../src/store/database.ts';

/** A read that some work sent to the server. */
export interface Read {
  readonly collection: string;
  readonly command: Document;
  /** Whether the server reads the whole collection for it, as far as that can be told. */
  readonly scans: boolean;
}

const READS = ['find', 'aggregate'] as const;
const OF_THE_SESSION = [
  'lsid',
  '$db',
  '$clusterTime',
  '$readPreference',
  'txnNumber',
  'startTransaction',
  'autocommit',
  'readConcern',
];

/**
 * Runs `work` on a connection of its own and looks at every read that it sent. MongoDB explains them.
 * The local server explains what it does not do, so there each is run again and its time compared
 * with that of a scan: of collections too small for that, or servers too quick, nothing is told.
 */
export const readsOf = async (
  uri: string,
  work: (database: Database) => Promise<unknown>,
): Promise<readonly Read[]> => {
  const url = new URL(uri);
  url.searchParams.set('monitorCommands', 'true');
  const database = openDatabase(url.href);
  try {
    const sent: Document[] = [];
    database.client.on('commandStarted', ({ commandName, command }) => {
      if (READS.some((read) => read === commandName)) sent.push(structuredClone(command));
    });
    await work(database);
    const reads = sent.splice(0).map(plain);
    const { gitVersion } = await database.db.admin().command({ buildInfo: 1 });
    const isMongodb = !/^0*$/.test(String(gitVersion));
    const scanTimes = new Map<string, Promise<number>>();
    const looked: Read[] = [];
    for (const command of reads) {
      const collection = String(command['find'] ?? command['aggregate']);
      // One after another, or they would take one another's time.
      const scans = isMongodb
        ? await explainsScan(database, command)
        : await takesAsLong(database, { command, collection, scanTimes });
      looked.push({ collection, command, scans });
    }
    return looked;
  } finally {
    await database.client.close();
  }
};

const plain = (sent: Document): Document =>
  Object.fromEntries(Object.entries(sent).filter(([key]) => !OF_THE_SESSION.includes(key)));

const explainsScan = async ({ db }: Database, command: Document): Promise<boolean> =>
  JSON.stringify(await db.command({ explain: command, verbosity: 'queryPlanner' })).includes(
    'COLLSCAN',
  );

const TOO_QUICK_MS = 20;

const takesAsLong = async (
  { db }: Database,
  of: {
    readonly command: Document;
    readonly collection: string;
    readonly scanTimes: Map<string, Promise<number>>;
  },
): Promise<boolean> => {
  const { command, collection, scanTimes } = of;
  const scanned =
    scanTimes.get(collection) ??
    bestOf(() => db.collection(collection).countDocuments({ 'no.such.field': 1 }));
  scanTimes.set(collection, scanned);
  const scanMs = await scanned;
  return scanMs > TOO_QUICK_MS && (await bestOf(() => db.command(command))) > scanMs / 3;
};

const bestOf = async (run: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const from = performance.now();
    await run();
    times.push(performance.now() - from);
  }
  return Math.min(...times);
};
