import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { MongoEngine, MongoTool } from './find-mongo.ts';
import { freePort } from './free-port.ts';
import { endLeftover } from './leftover.ts';
import { makePrimary, replicaSetName } from './replica-set.ts';
import { startSupervised, type SupervisedChild } from './supervised-child.ts';

/** A database server of this machine, ending with this process. */
export interface LocalMongo {
  /** With the database name, and write concern majority, journaled. */
  uri: string;
  port: number;
  child: SupervisedChild;
  stop(): Promise<void>;
}

/** What to start and where its data is. */
export interface StartMongoOptions {
  tool: MongoTool;
  /** Holds a folder per engine, the log and the pid file. */
  dataDir: string;
  /** Without it any free port is taken, and another when that one is lost to a race. */
  port?: number | undefined;
  database?: string;
}

const attempts = 3;

/** The folder in `dataDir` that holds an engine's data: one cannot read another's. */
export function mongoDataFolder(dataDir: string, engine: MongoEngine): string {
  return join(dataDir, `data-${engine}`);
}

/** Where the process id of the server on this data is kept. */
export function mongoPidFile(dataDir: string): string {
  return join(dataDir, 'mongodb.pid');
}

/**
 * Starts MongoDB as a one-node replica set on 127.0.0.1, and resolves when it has answered a ping
 * and taken a journaled write. What an earlier, killed start left running on this data is ended
 * first. Throws an Error with one sentence when it does not come up.
 */
export async function startMongo(options: StartMongoOptions): Promise<LocalMongo> {
  const { tool, dataDir, database = 'directory_sync' } = options;
  const folder = mongoDataFolder(dataDir, tool.engine);
  const pidFile = mongoPidFile(dataDir);
  const logFile = join(dataDir, 'mongodb.log');
  await mkdir(folder, { recursive: true });
  await endLeftover({ pidFile, marker: dataDir });

  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const child = await startSupervised({
      command: tool.command,
      args: [...tool.args, ...serverArguments({ engine: tool.engine, folder, port })],
      pidFile,
      output: { file: logFile },
      graceSeconds: 10,
    });
    try {
      if (tool.engine === 'mongod') await makePrimary({ port, child });
      const uri = localUri({ engine: tool.engine, port, database });
      await waitForWrite(uri, child);
      return { uri, port, child, stop: () => child.stop() };
    } catch (error) {
      await child.stop();
      const portLost = options.port === undefined && attempt < attempts;
      if (portLost) continue;
      throw new Error(
        `MongoDB did not start: see ${logFile} (last line: ${child.lastLines().at(-1) ?? 'none'}).`,
        {
          cause: error,
        },
      );
    }
  }
}

function serverArguments(options: { engine: MongoEngine; folder: string; port: number }): string[] {
  const { engine, folder, port } = options;
  if (engine === 'mongod') {
    return [
      '--dbpath',
      folder,
      '--bind_ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--replSet',
      replicaSetName,
      '--wiredTigerCacheSizeGB',
      '0.5',
      // A client killed inside a transaction keeps its documents locked for so long.
      '--setParameter',
      'transactionLifetimeLimitSeconds=10',
      // It would wait fifteen seconds for the other members, of which there are none.
      '--setParameter',
      'shutdownTimeoutMillisForSignaledShutdown=500',
      '--quiet',
    ];
  }
  return [
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--storage-path',
    folder,
    '--cache-size',
    '512M',
    '--log-level',
    'WARNING',
  ];
}

function localUri(options: { engine: MongoEngine; port: number; database: string }): string {
  const { engine, port, database } = options;
  // The compatible server names its replica set itself, and the driver finds it out.
  const set = engine === 'mongod' ? `replicaSet=${replicaSetName}&` : '';
  return `mongodb://127.0.0.1:${port}/${database}?${set}w=majority&journal=true`;
}

async function waitForWrite(uri: string, child: SupervisedChild): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 500, connectTimeoutMS: 1_000 });
    try {
      await client.db('admin').command({ ping: 1 });
      await client
        .db('local_stack')
        .collection<{ _id: string; at: Date }>('starts')
        .updateOne({ _id: 'last' }, { $set: { at: new Date() } }, { upsert: true });
      return;
    } catch (error) {
      if (child.hasEnded() || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.close();
    }
  }
}
