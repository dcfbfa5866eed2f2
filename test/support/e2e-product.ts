import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTemporal } from '../../src/local/find-temporal.ts';
import { freePort } from '../../src/local/free-port.ts';
import { silent } from '../../src/local/progress.ts';
import { startSupervised, type SupervisedChild } from '../../src/local/supervised-child.ts';
import { startTemporal } from '../../src/local/temporal.ts';
import { waitForAnswer } from '../../src/local/wait-for-answer.ts';
import { registerLocalEndpoint } from '../../src/local/webhook-endpoint.ts';
import type { Knobs } from '../../src/simulator/knobs.ts';
import type { Truth } from '../../src/simulator/truth.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createWorkos } from '../../src/workos/client.ts';
import { startMailServer, type MailServer } from '../mail/mail-server.ts';
import { testDatabase } from './servers.ts';
import { startWebhookRecorder, type WebhookRecorder } from './e2e-webhook-recorder.ts';

const API_KEY = 'sk_test_e2e';
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A process of the product that can be killed and started again. */
export interface Service {
  /** `kill -9`. */
  readonly kill: () => Promise<void>;
  /** Resolves once it runs again. */
  readonly start: () => Promise<void>;
}

/** The whole product as processes of its own, with a database, a Temporal and a mail server for it alone. */
export interface Product extends AsyncDisposable {
  readonly database: Database;
  readonly mail: MailServer;
  /** Stands between WorkOS and the server, and knows which events were answered 200. */
  readonly webhooks: WebhookRecorder;
  readonly server: Service;
  readonly worker: Service;
  readonly setKnobs: (knobs: Partial<Knobs>) => Promise<void>;
  readonly play: (scenario: string, parameters?: object) => Promise<void>;
  /** Changes the simulated directory by acts, each `{ act, … }`. */
  readonly act: (...acts: readonly object[]) => Promise<void>;
  readonly truth: () => Promise<Truth>;
  /** Runs the client script against this product, with nobody at the terminal. */
  readonly dsync: (...args: readonly string[]) => Promise<Ran>;
}

/** How a command ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Starts simulator, server and worker; all of it ends when disposed, or with this process. */
export const startProduct = async (options: {
  readonly name: string;
  readonly intake: string;
  readonly knobs: Partial<Knobs>;
  /** Besides what every product has. */
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Product> => {
  const stack = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), `directory-sync-e2e-${process.pid}-`));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const { uri } = stack.use(await testDatabase(options.name));
    const database = openDatabase(uri);
    stack.defer(() => database.client.close());
    const mail = stack.use(await startMailServer());
    const temporal = await startTemporal({
      executable: await findTemporal({
        kind: 'dev-server',
        toolsDir: resolve(process.env['LOCAL_DATA_DIR'] ?? '.local', 'tools'),
        env: process.env,
        progress: silent,
      }),
      dbFile: join(folder, 'temporal.db'),
      headless: true,
    });
    stack.defer(() => temporal.stop());

    const simulatorPort = await freePort();
    const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
    const simulator = await startSupervised({
      command: process.execPath,
      args: [join(root, 'src/simulator.ts'), '--port', String(simulatorPort)],
      env: { PATH: process.env['PATH'], HOME: folder },
      pidFile: join(folder, 'simulator.pid'),
      output: { file: join(folder, 'simulator.log') },
    });
    stack.defer(() => simulator.stop());
    await answers('simulator', `${simulatorUrl}/_simulator/health`);
    const control = async (method: string, path: string, body?: object): Promise<unknown> => {
      const answer = await fetch(`${simulatorUrl}/_simulator/${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      if (!answer.ok) throw new Error(`The simulator answered ${await answer.text()}`);
      // Parsed here: what fetch parses is of another realm in Jest, and never strictly equal to ours.
      return JSON.parse(await answer.text()) as unknown;
    };
    await control('PUT', 'knobs', options.knobs);

    const port = await freePort();
    const serverUrl = `http://127.0.0.1:${port}`;
    const webhooks = stack.use(await startWebhookRecorder(serverUrl));
    const secret = await registerLocalEndpoint({
      workos: createWorkos({ apiKey: API_KEY, apiUrl: simulatorUrl }),
      url: `${webhooks.url}/webhooks/workos`,
    });
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      LOG_LEVEL: 'warn',
      LOCAL_DATA_DIR: folder,
      MONGODB_URI: uri,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_TASK_QUEUE: options.name,
      WORKOS_API_KEY: API_KEY,
      WORKOS_API_URL: simulatorUrl,
      SIMULATOR_URL: simulatorUrl,
      WORKOS_WEBHOOK_SECRET: secret,
      INTAKE: options.intake,
      POLL_INTERVAL_MS: '300',
      PORT: String(port),
      SMTP_URL: mail.url,
      MAIL_FROM: 'Directory Sync <sync@example.org>',
      ...options.env,
    };
    const service = (name: string, ready: string) => {
      const running: { child: SupervisedChild | null } = { child: null };
      stack.defer(async () => {
        await running.child?.stop();
      });
      return {
        async start() {
          running.child = await startSupervised({
            command: process.execPath,
            args: [join(root, `src/${name}.ts`)],
            env,
            pidFile: join(folder, `${name}.pid`),
            output: { file: join(folder, `${name}.log`) },
            graceSeconds: 3,
          });
          await answers(name, `${serverUrl}/health/${ready}`);
        },
        async kill() {
          if (running.child === null) return;
          process.kill(running.child.pid, 'SIGKILL');
          await running.child.ended;
        },
      };
    };
    const server = service('server', 'live');
    const worker = service('worker', 'live');
    await server.start();
    await worker.start();
    await answers('worker', `${serverUrl}/health/ready`);
    return {
      database,
      mail,
      webhooks,
      server,
      worker,
      setKnobs: async (knobs) => void (await control('PUT', 'knobs', knobs)),
      play: async (scenario, parameters = {}) =>
        void (await control('POST', `scenarios/${scenario}`, parameters)),
      act: async (...acts) => void (await control('POST', 'acts', acts)),
      dsync: (...args) =>
        new Promise((resolvePromise) => {
          const cli = join(root, 'src/cli.ts');
          const child = execFile(
            process.execPath,
            [cli, ...args],
            { env: ofOperator(env) },
            (_error, out, err) => resolvePromise({ code: child.exitCode ?? -1, out, err }),
          );
          child.stdin?.end();
        }),
      truth: async () => (await control('GET', 'truth')) as Truth,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
};

/** An operator's machine knows nothing of who is told of changes. */
const ofOperator = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([key]) => !/^(APP_WEBHOOK|DATADOG|OTEL)_/.test(key)),
  );

const answers = (name: string, url: string): Promise<void> =>
  waitForAnswer({ name, url, timeoutMs: 60_000, signal: new AbortController().signal });

/**
 * Waits until the condition holds, looking a few times a second, or every `everyMs`. Throws when it
 * has not after `timeoutMs`, saying what was waited for and what `state` answers then.
 */
export const eventually = async (
  what: string,
  holds: () => Promise<boolean>,
  options: {
    readonly timeoutMs: number;
    readonly everyMs?: number;
    readonly state?: () => Promise<unknown>;
  },
): Promise<void> => {
  const deadline = performance.now() + options.timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) {
      const state = JSON.stringify(await options.state?.());
      throw new Error(`Not after ${options.timeoutMs} ms: ${what}. ${state}`);
    }
    await new Promise((resume) => setTimeout(resume, options.everyMs ?? 200));
  }
};
