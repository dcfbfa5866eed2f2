import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { freePort } from './free-port.ts';
import { endLeftover } from './leftover.ts';
import { startSupervised, type SupervisedChild } from './supervised-child.ts';

/** A Temporal dev server of this machine, ending with this process. */
export interface LocalTemporal {
  address: string;
  namespace: 'default';
  /** Undefined when headless. */
  uiUrl: string | undefined;
  port: number;
  child: SupervisedChild;
  stop(): Promise<void>;
}

/** What to start, and the file that keeps its state. */
export interface StartTemporalOptions {
  /** Path of the `temporal` executable. */
  executable: string;
  dbFile: string;
  /** Without them any free port is taken, and another when that one is lost to a race. */
  port?: number | undefined;
  uiPort?: number | undefined;
  headless?: boolean;
  /** The server's dynamic configuration, by key; values are JSON. */
  dynamicConfig?: Readonly<Record<string, string>>;
}

const attempts = 3;

/** Where the process id of the server on this file is kept. */
export function temporalPidFile(dbFile: string): string {
  return `${dbFile}.pid`;
}

/**
 * Starts Temporal on 127.0.0.1 with its Web UI, and resolves when its namespace answers. What an
 * earlier, killed start left running on this file is ended first. Throws an Error with one sentence
 * when it does not come up.
 */
export async function startTemporal(options: StartTemporalOptions): Promise<LocalTemporal> {
  const { executable, dbFile, headless = false } = options;
  const pidFile = temporalPidFile(dbFile);
  const logFile = `${dbFile}.log`;
  await mkdir(dirname(dbFile), { recursive: true });
  await endLeftover({ pidFile, marker: dbFile });

  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const uiPort = headless ? undefined : (options.uiPort ?? (await freePort()));
    const child = await startSupervised({
      command: executable,
      args: serverArguments({ dbFile, port, uiPort, dynamicConfig: options.dynamicConfig ?? {} }),
      pidFile,
      output: { file: logFile },
    });
    const address = `127.0.0.1:${port}`;
    try {
      await waitForNamespace(address, child);
      return {
        address,
        namespace: 'default',
        uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
        port,
        child,
        stop: () => child.stop(),
      };
    } catch (error) {
      await child.stop();
      const portLost = options.port === undefined && attempt < attempts;
      if (portLost) continue;
      throw new Error(
        `Temporal did not start: see ${logFile} (last line: ${child.lastLines().at(-1) ?? 'none'}).`,
        {
          cause: error,
        },
      );
    }
  }
}

function serverArguments(options: {
  dbFile: string;
  port: number;
  uiPort: number | undefined;
  dynamicConfig: Readonly<Record<string, string>>;
}): string[] {
  const { dbFile, port, uiPort, dynamicConfig } = options;
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    '--db-filename',
    dbFile,
    '--sqlite-pragma',
    'journal_mode=WAL',
    '--sqlite-pragma',
    'synchronous=NORMAL',
    '--log-level',
    'error',
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    // Directories share a task queue fairly, and live batches go before backfills.
    '--dynamic-config-value',
    'matching.enableFairness=true',
    '--dynamic-config-value',
    'matching.useNewMatcher=true',
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${value}`,
    ]),
  ];
}

async function waitForNamespace(address: string, child: SupervisedChild): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        const listed = await connection.operatorService.listSearchAttributes({
          namespace: 'default',
        });
        const known = Object.keys(listed.customAttributes ?? {});
        if (SEARCH_ATTRIBUTES.every((name) => known.includes(name))) return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (child.hasEnded() || performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) throw new Error('Its search attributes are missing.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
