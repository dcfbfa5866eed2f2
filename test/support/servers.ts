import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { MongoClient, type Db } from 'mongodb';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';

/** A database of one test or test file. */
export interface TestDatabase extends AsyncDisposable {
  /** With the database name. */
  uri: string;
  databaseName: string;
  client: MongoClient;
  db: Db;
}

/** A time-skipping Temporal server of one test file. */
export interface TimeSkipping extends AsyncDisposable {
  env: TestWorkflowEnvironment;
  /** Does not unlock the clock, as `env.client` does; `env.sleep` moves it. */
  client: Client;
}

/**
 * A new database on the shared server, dropped when disposed unless TEST_KEEP_DATABASES=1.
 * Each call makes another one.
 */
export async function testDatabase(name: string): Promise<TestDatabase> {
  const databaseName = `test_${name.replaceAll(/\W+/gu, '_').slice(0, 30)}_${unique()}`;
  const url = new URL(setting('TEST_MONGODB_URI'));
  url.pathname = `/${databaseName}`;
  const client = await new MongoClient(url.href, { serverSelectionTimeoutMS: 5_000 }).connect();
  const db = client.db();
  return {
    uri: url.href,
    databaseName,
    client,
    db,
    async [Symbol.asyncDispose]() {
      if (process.env['TEST_KEEP_DATABASES'] !== '1') await db.dropDatabase();
      await client.close();
    },
  };
}

/** The address of the shared Temporal dev server; its namespace is `default`. */
export function temporalAddress(): string {
  return setting('TEST_TEMPORAL_ADDRESS');
}

/** Connections to the shared dev server, for a client and for workers, closed when disposed. */
export async function temporalConnection(): Promise<
  AsyncDisposable & { connection: Connection; nativeConnection: NativeConnection; client: Client }
> {
  quietRuntime();
  const address = temporalAddress();
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  return {
    connection,
    nativeConnection,
    client: new Client({ connection }),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await nativeConnection.close();
    },
  };
}

/** A task queue that no other test uses. Use its end for workflow ids too. */
export function uniqueTaskQueue(name: string): string {
  return `${name}-${unique()}`;
}

/** The workflows, bundled once for the whole run: `Worker.create({ workflowBundle: workflowBundle() })`. */
export function workflowBundle(): { codePath: string } {
  return { codePath: setting('TEST_WORKFLOW_BUNDLE') };
}

const KEYWORD = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

/** Starts a server that skips time, with the search attributes; it ends when disposed. */
export async function timeSkipping(): Promise<TimeSkipping> {
  quietRuntime();
  const path = setting('TEST_TEMPORAL_TIME_SKIPPING_SERVER');
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  // It cannot list them, as a worker does before it registers what is missing.
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD])),
  });
  return {
    env,
    client: new Client({ connection: env.connection }),
    [Symbol.asyncDispose]: () => env.teardown(),
  };
}

/** Installs the Temporal runtime with a quiet logger. A second call does nothing. */
export function quietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
  } catch {
    // It is installed already, and can be only once.
  }
}

function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    name === 'TEST_WORKFLOW_BUNDLE'
      ? 'The workflows could not be bundled: see the start of the test output.'
      : `${name} is not set: run the tests by \`npm test\`, without TEST_SERVERS=none.`,
  );
}

function unique(): string {
  return `${process.pid}_${randomBytes(4).toString('hex')}`;
}
