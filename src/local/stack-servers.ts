import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findMongo, type MongoEngine } from './find-mongo.ts';
import { findTemporal } from './find-temporal.ts';
import { mongoPidFile, startMongo } from './mongo.ts';
import { endLeftover } from './leftover.ts';
import { describeDeath } from './service.ts';
import type { StackEnvironment } from './stack-file.ts';
import type { StartStackOptions } from './stack-options.ts';
import type { StackPorts } from './stack-ports.ts';
import type { SupervisedChild } from './supervised-child.ts';
import { startTemporal, temporalPidFile } from './temporal.ts';

/** Ends the servers that a killed start left running on this data. A repeat finds none. */
export async function endServerLeftovers(dataDir: string): Promise<void> {
  const folder = mongoFolder(dataDir);
  const dbFile = temporalDbFile(dataDir);
  await Promise.all([
    endLeftover({ pidFile: mongoPidFile(folder), marker: folder, graceMs: 10_000 }),
    endLeftover({ pidFile: temporalPidFile(dbFile), marker: dbFile }),
  ]);
}

/** The URI of the given MongoDB, or of one started for it and added to the line-up. */
export async function mongoFor(options: StartStackOptions, ports: StackPorts): Promise<string> {
  const { env, dataDir, progress, lineup } = options;
  if (env['MONGODB_URI']) return env['MONGODB_URI'];
  const folder = mongoFolder(dataDir);
  const tool = await findMongo({
    toolsDir: join(dataDir, 'tools'),
    env,
    progress,
    prefer: await engineOfData(folder),
  });
  progress.step('Starting MongoDB …');
  const mongo = await startMongo({ tool, dataDir: folder, port: ports.mongo });
  lineup.add({
    name: 'MongoDB server',
    stop: () => mongo.stop(),
    died: deathOf('MongoDB server', mongo.child),
  });
  return mongo.uri;
}

/** One engine cannot read another's data, so the one that has some goes on. */
async function engineOfData(folder: string): Promise<MongoEngine | undefined> {
  const names: string[] = await readdir(folder).catch(() => []);
  const engines: MongoEngine[] = ['mongod', 'secantusd-rs', 'secantusdb'];
  return engines.find((engine) => names.includes(`data-${engine}`));
}

/** Where the given Temporal is, or one started for it and added to the line-up. */
export async function temporalFor(
  options: StartStackOptions,
  ports: StackPorts,
): Promise<Pick<StackEnvironment, 'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_UI_URL'>> {
  const { env, dataDir, progress, lineup } = options;
  if (env['TEMPORAL_ADDRESS']) {
    return {
      TEMPORAL_ADDRESS: env['TEMPORAL_ADDRESS'],
      TEMPORAL_NAMESPACE: env['TEMPORAL_NAMESPACE'] || 'default',
    };
  }
  const executable = await findTemporal({
    kind: 'dev-server',
    toolsDir: join(dataDir, 'tools'),
    env,
    progress,
  });
  progress.step('Starting Temporal …');
  const temporal = await startTemporal({
    executable,
    dbFile: temporalDbFile(dataDir),
    port: ports.temporal,
    uiPort: ports.temporalUi,
  });
  lineup.add({
    name: 'Temporal server',
    stop: () => temporal.stop(),
    died: deathOf('Temporal server', temporal.child),
  });
  return {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    ...(temporal.uiUrl === undefined ? {} : { TEMPORAL_UI_URL: temporal.uiUrl }),
  };
}

async function deathOf(name: string, child: SupervisedChild): Promise<string> {
  const end = await child.ended;
  return describeDeath({ name, end, lines: child.lastLines() });
}

function mongoFolder(dataDir: string): string {
  return join(dataDir, 'mongodb');
}

function temporalDbFile(dataDir: string): string {
  return join(dataDir, 'temporal', 'temporal.db');
}
