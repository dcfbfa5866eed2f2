import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { findTemporal } from '../../src/local/find-temporal.ts';
import { silent } from '../../src/local/progress.ts';
import { startTemporal } from '../../src/local/temporal.ts';
import { quietRuntime } from './servers.ts';

/** A dev server of one test, with its own settings. */
export interface DevServer extends AsyncDisposable {
  readonly client: Client;
  readonly nativeConnection: NativeConnection;
}

/** Starts a dev server with this dynamic configuration; it ends when disposed, or with this process. */
export const devServer = async (
  dynamicConfig: Readonly<Record<string, string>>,
): Promise<DevServer> => {
  quietRuntime();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `directory-sync-case-${process.pid}-`));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const temporal = await startTemporal({
    executable: await findTemporal({
      kind: 'dev-server',
      toolsDir: resolve(process.env['LOCAL_DATA_DIR'] ?? '.local', 'tools'),
      env: process.env,
      progress: silent,
    }),
    dbFile: join(folder, 'temporal.db'),
    headless: true,
    dynamicConfig,
  });
  stack.defer(() => temporal.stop());
  const connection = await Connection.connect({ address: temporal.address });
  stack.defer(() => connection.close());
  const nativeConnection = await NativeConnection.connect({ address: temporal.address });
  stack.defer(() => nativeConnection.close());
  const owned = stack.move();
  return {
    client: new Client({ connection }),
    nativeConnection,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
