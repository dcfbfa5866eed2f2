import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findMongo, type MongoEngine } from '../src/local/find-mongo.ts';
import { findTemporal } from '../src/local/find-temporal.ts';
import { startMongo } from '../src/local/mongo.ts';
import type { Progress } from '../src/local/progress.ts';
import { startService } from '../src/local/service.ts';
import { startTemporal } from '../src/local/temporal.ts';
import { waitFor } from './wait.ts';

/** Servers of one part of the benchmark, in a temporary folder of their own. */
export interface BenchServers {
  readonly engine: MongoEngine;
  readonly mongodbUri: string;
  readonly temporalAddress: string;
  /** Aborted when the benchmark is to end, or when one of its processes has died. */
  readonly signal: AbortSignal;
  /** Starts one of our processes and resolves once it has written `readyLine`. */
  readonly serve: (process: BenchProcess) => Promise<{ readonly stop: () => Promise<void> }>;
  /** Ends everything and removes the folder. A second call does nothing more. */
  readonly stop: () => Promise<void>;
}

export interface BenchProcess {
  readonly name: 'server' | 'worker' | 'simulator';
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly readyLine: string;
}

const STARTED_WITHIN_MS = 60_000;
const prefix = 'directory-sync-bench-';
const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Finds and starts MongoDB and a Temporal dev server on loopback. All of it ends with this process,
 * however that ends. Throws one sentence that says what to do when a server cannot be had.
 */
export const startServers = async (options: {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Promise<BenchServers> => {
  const { env, progress } = options;
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const toolsDir = resolve(env['LOCAL_DATA_DIR'] ?? join(root, '.local'), 'tools');
  const running: { stop(): Promise<void> }[] = [];
  const died = new AbortController();
  const signal = AbortSignal.any([options.signal, died.signal]);
  const stop = async (): Promise<void> => {
    // Those first that use the others.
    for (const part of running.splice(0).toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- in this order
      await part.stop();
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    progress.step('Starting MongoDB and Temporal …');
    const tool = await findMongo({ toolsDir, env, progress });
    const mongo = await startMongo({ tool, dataDir: join(folder, 'mongodb') });
    running.push(mongo);
    signal.throwIfAborted();
    const executable = await findTemporal({ kind: 'dev-server', toolsDir, env, progress });
    const dbFile = join(folder, 'temporal', 'temporal.db');
    const temporal = await startTemporal({ executable, dbFile, headless: true });
    running.push(temporal);
    signal.throwIfAborted();

    const serve: BenchServers['serve'] = async (wanted) => {
      const { name, args, readyLine } = wanted;
      const seen = { ready: false };
      const service = await startService({
        name,
        script: join(root, 'src', `${name}.ts`),
        args: args ?? [],
        env: {
          PATH: env['PATH'],
          HOME: env['HOME'],
          MONGODB_URI: mongo.uri,
          TEMPORAL_ADDRESS: temporal.address,
          LOCAL_DATA_DIR: folder,
          LOG_LEVEL: 'info',
          ...wanted.env,
        },
        dataDir: folder,
        onLine: (line) => {
          if (line.includes(readyLine)) seen.ready = true;
          if (/"level":[56]0/u.test(line)) progress.say(`${name}: ${line}`);
        },
        graceSeconds: 30,
      });
      const state = { stopping: false };
      const part = {
        async stop(): Promise<void> {
          state.stopping = true;
          await service.stop();
        },
      };
      running.push(part);
      const abortWhenDied = async (): Promise<void> => {
        const sentence = await service.died;
        if (!state.stopping) died.abort(new Error(sentence));
      };
      void abortWhenDied();
      await waitFor({
        what: `The start of the ${name}`,
        ask: () => (seen.ready ? true : undefined),
        timeoutMs: STARTED_WITHIN_MS,
        everyMs: 10,
        signal,
      });
      return part;
    };
    return {
      engine: tool.engine,
      mongodbUri: mongo.uri,
      temporalAddress: temporal.address,
      signal,
      serve,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
