import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { bundleWorkflowCode } from '@temporalio/worker';
import { findMongo } from '../../src/local/find-mongo.ts';
import { findTemporal } from '../../src/local/find-temporal.ts';
import { startMongo } from '../../src/local/mongo.ts';
import { isAlive } from '../../src/local/process-table.ts';
import type { Progress } from '../../src/local/progress.ts';
import { startTemporal } from '../../src/local/temporal.ts';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.ts';

const prefix = 'directory-sync-test-';
const workflows = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** The servers of one test run, and what the tests are told about them. */
export interface TestStack {
  env: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * Starts one MongoDB and one Temporal dev server in a new temporary folder, unless MONGODB_URI or
 * TEMPORAL_ADDRESS name running ones, finds the test server that skips time, and bundles the
 * workflows once. All of it ends with this process. Throws an Error that says what to do.
 */
export async function startTestStack(options: {
  env: NodeJS.ProcessEnv;
  progress: Progress;
}): Promise<TestStack> {
  const { env, progress } = options;
  const toolsDir = resolve(env['LOCAL_DATA_DIR'] ?? '.local', 'tools');
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const running: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(async (server) => await server.stop()));
    await rm(folder, { recursive: true, force: true });
  };

  const mongo = async (): Promise<string> => {
    if (env['MONGODB_URI']) return env['MONGODB_URI'];
    const tool = await findMongo({ toolsDir, env, progress });
    const server = await startMongo({ tool, dataDir: join(folder, 'mongodb') });
    running.push(server);
    return server.uri;
  };
  const temporal = async (): Promise<string> => {
    const given = env['TEMPORAL_ADDRESS'];
    if (given) {
      const connection = await Connection.connect({ address: given });
      try {
        const missing = await ensureSearchAttributes(connection, 'default');
        if (missing.length > 0)
          throw new Error(`The Temporal at ${given} lacks ${missing.join(', ')}.`);
      } finally {
        await connection.close();
      }
      return given;
    }
    const executable = await findTemporal({ kind: 'dev-server', toolsDir, env, progress });
    const dbFile = join(folder, 'temporal', 'temporal.db');
    const server = await startTemporal({ executable, dbFile, headless: true });
    running.push(server);
    return server.address;
  };
  const testServer = async (): Promise<string> =>
    endingWithParent(
      await findTemporal({ kind: 'time-skipping', toolsDir, env, progress }),
      join(folder, 'temporal-test-server'),
    );
  const settled = await Promise.allSettled([mongo(), temporal(), testServer(), bundle(folder)]);
  progress.end();
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [uri, address, timeSkipping, bundlePath] = settled.map((result) =>
    result.status === 'fulfilled' ? result.value : '',
  );
  return {
    env: {
      TEST_MONGODB_URI: uri ?? '',
      TEST_TEMPORAL_ADDRESS: address ?? '',
      TEST_TEMPORAL_TIME_SKIPPING_SERVER: timeSkipping ?? '',
      TEST_WORKFLOW_BUNDLE: bundlePath ?? '',
    },
    stop,
  };
}

/**
 * Tests start this server themselves, through the SDK. Writes a script that becomes it, beside a
 * watch that ends it when the test process is gone: the SDK's own does not survive `kill -9`.
 */
async function endingWithParent(executable: string, script: string): Promise<string> {
  const lines = [
    '#!/bin/sh',
    'server=$$ parent=$PPID',
    '(while kill -0 "$parent" && kill -0 "$server"; do sleep 1; done; kill "$server") \\',
    '  </dev/null >/dev/null 2>&1 &',
    `exec '${executable.replaceAll("'", String.raw`'\''`)}' "$@"`,
  ];
  await writeFile(script, `${lines.join('\n')}\n`, { mode: 0o700 });
  return script;
}

const quiet = (): void => {};

/** A workflow that cannot be bundled fails the tests that need it, and no others. */
async function bundle(folder: string): Promise<string> {
  const path = join(folder, 'workflow-bundle.js');
  if (!existsSync(workflows)) return '';
  const failures: string[] = [];
  const note = (message: string): void => void failures.push(message);
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath: workflows,
      logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: note },
    });
    await writeFile(path, code);
    return path;
  } catch (error) {
    process.stderr.write(
      `The workflows cannot be bundled: ${String(error)}\n${failures.join('\n')}\n`,
    );
    return '';
  }
}

/** Folders of runs that were killed. */
async function removeAbandoned(): Promise<void> {
  await mkdir(tmpdir(), { recursive: true });
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    if (Number.isSafeInteger(pid) && !isAlive(pid)) {
      await rm(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}
