import type { Document } from 'mongodb';
import { openDatabase, type Database } from '../../src/store/database.ts';

/** How a server answered one command. */
export interface Explained {
  readonly collection: string;
  readonly command: Document;
  /** Documents and index entries that were looked at. */
  readonly examined: number;
  /** Whether a whole collection was read. */
  readonly scanned: boolean;
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
 * Runs `work` on a connection of its own and explains every read that it sent: what the server says
 * of those very commands, not of copies of them.
 */
export const explained = async (
  uri: string,
  work: (database: Database) => Promise<unknown>,
): Promise<readonly Explained[]> => {
  const url = new URL(uri);
  url.searchParams.set('monitorCommands', 'true');
  const database = openDatabase(url.href);
  try {
    const sent: Document[] = [];
    database.client.on('commandStarted', ({ commandName, command }) => {
      if (READS.some((read) => read === commandName)) sent.push(structuredClone(command));
    });
    await work(database);
    return await Promise.all(sent.splice(0).map((command) => explain(database, command)));
  } finally {
    await database.client.close();
  }
};

const explain = async ({ db }: Database, sent: Document): Promise<Explained> => {
  const command = Object.fromEntries(
    Object.entries(sent).filter(([key]) => !OF_THE_SESSION.includes(key)),
  );
  const answer = await db.command({ explain: command, verbosity: 'executionStats' });
  const told = JSON.stringify(answer);
  const stats = [...told.matchAll(/"total(?:Keys|Docs)Examined":(\d+)/g)];
  if (stats.length === 0) throw new Error(`The server does not say what it examined: ${told}`);
  return {
    collection: String(command['find'] ?? command['aggregate']),
    command,
    examined: Math.max(...stats.map(([, count]) => Number(count))),
    scanned: told.includes('COLLSCAN'),
  };
};
