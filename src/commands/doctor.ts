import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { WEBHOOK_PATH } from '../domain/webhook-path.ts';
import { missingIndexes } from '../store/indexes.ts';
import { overdueDirectories } from '../store/overdue-directories.ts';
import { workerPresence } from '../temporal/worker-presence.ts';
import type { CommandDeps } from './command-deps.ts';
import { explain } from './explain.ts';
import { mood, table } from './layout.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { findEndpoint } from './webhook.ts';

type Deps = Pick<
  CommandDeps,
  'config' | 'database' | 'temporal' | 'workos' | 'serverUrl' | 'fetch' | 'now' | 'newId'
>;

interface Check {
  readonly name: string;
  /** Answers what it found; throws when it is not well, or answers what else is to be done then. */
  readonly run: () => Promise<string | Ailment>;
  /** What to do when it fails. */
  readonly advice: string;
}

interface Ailment {
  readonly found: string;
  readonly advice: string;
}

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly advice: string | null;
}

/** Checks all that the product needs; exits 1 when anything failed. Leaves nothing behind. */
export const doctor = async (deps: Deps): Promise<Outcome> => {
  const findings = await Promise.all(checks(deps).map((check) => examine(check)));
  return {
    data: { ok: findings.every(({ ok }) => ok), checks: findings },
    text: table(
      ['', 'check', 'found', 'what to do'],
      findings.map(({ ok, check, found, advice }) => [
        ok ? mood('ok', 'good') : mood('failed', 'bad'),
        check,
        found,
        ok ? '' : advice,
      ]),
    ).replaceAll(/ +-$/gm, ''),
    exitCode: findings.every(({ ok }) => ok) ? EXIT.done : EXIT.failed,
  };
};

const DEADLINE_MS = 15_000;
/** A worker that hangs still counts as polling for about two minutes. */
const OVERDUE_MS = 30_000;

const examine = async ({ name, run, advice }: Check): Promise<Finding> => {
  try {
    const late = AbortSignal.timeout(DEADLINE_MS);
    const found = await Promise.race([
      run(),
      new Promise<never>((_resolve, reject) => {
        late.addEventListener('abort', () => reject(new Refused('no answer in 15 s')));
      }),
    ]);
    return typeof found === 'string'
      ? { check: name, ok: true, found, advice: null }
      : { check: name, ok: false, ...found };
  } catch (error) {
    return { check: name, ok: false, found: explain(error).message, advice };
  }
};

const checks = (deps: Deps): readonly Check[] => {
  const { config } = deps;
  const database = () => deps.database();
  const temporal = () => deps.temporal();
  const temporalRuns =
    'start Temporal, or correct TEMPORAL_ADDRESS, TEMPORAL_API_KEY and TEMPORAL_TLS';
  return [
    {
      name: 'environment',
      advice: 'set them, or run `npm start`, which provides them all',
      run: () => {
        const missing = [
          ...(config.mongodbUri === null ? ['MONGODB_URI'] : []),
          ...(config.workosApiKey === null ? ['WORKOS_API_KEY'] : []),
          ...(config.intake.webhook && config.webhookSecrets.length === 0
            ? ['WORKOS_WEBHOOK_SECRET']
            : []),
        ];
        return missing.length === 0
          ? Promise.resolve('complete')
          : Promise.reject(new Refused(`missing: ${missing.join(', ')}`));
      },
    },
    {
      name: 'MongoDB reachable',
      advice: 'start MongoDB, or correct MONGODB_URI',
      run: async () => {
        await database().db.command({ ping: 1 });
        return 'answers';
      },
    },
    {
      name: 'MongoDB replica set',
      advice: 'start mongod with --replSet and initiate it; one node will do',
      run: async () => {
        const hello = await database().db.command({ hello: 1 });
        const set: unknown = hello['setName'];
        if (typeof set === 'string') return set;
        if (hello['msg'] === 'isdbgrid') return 'sharded';
        throw new Refused('no replica set, so no transactions');
      },
    },
    {
      name: 'MongoDB write',
      advice:
        'give the user of MONGODB_URI readWrite, leave w and journal out of it, and see that a majority of nodes is up',
      run: async () => {
        const { client, cursors } = database();
        const { w, journal } = client.writeConcern ?? {};
        if (w !== 'majority' || journal !== true)
          throw new Refused(
            `MONGODB_URI asks for w=${w}, journal=${journal}, so an acknowledged event may be lost`,
          );
        const _id = `doctor-${deps.newId()}`;
        await cursors.insertOne({ _id, after: null, updatedAt: deps.now() });
        await cursors.deleteOne({ _id });
        return 'majority, journaled';
      },
    },
    {
      name: 'MongoDB indexes',
      advice: 'start the server, which creates them',
      run: async () => {
        const missing = await missingIndexes(database());
        if (missing.length === 0) return 'there';
        throw new Refused(`missing: ${missing.join(', ')}`);
      },
    },
    {
      name: 'Temporal reachable',
      advice: temporalRuns,
      run: async () => {
        const { client } = temporal();
        await client.withDeadline(Date.now() + 5000, () =>
          client.workflowService.getSystemInfo({}),
        );
        return 'answers';
      },
    },
    {
      name: 'Temporal namespace',
      advice: 'create the namespace, or correct TEMPORAL_NAMESPACE',
      run: async () => {
        const { client, namespace } = temporal();
        await client.withDeadline(Date.now() + 5000, () =>
          client.workflowService.describeNamespace({ namespace }),
        );
        return namespace;
      },
    },
    {
      name: 'Temporal search attributes',
      advice: `register ${SEARCH_ATTRIBUTES.join(', ')} as Keyword; the worker does where it may`,
      run: async () => {
        const { client, namespace } = temporal();
        const { customAttributes } = await client.withDeadline(Date.now() + 5000, () =>
          client.connection.operatorService.listSearchAttributes({ namespace }),
        );
        const missing = SEARCH_ATTRIBUTES.filter((name) => !(name in (customAttributes ?? {})));
        if (missing.length === 0) return 'registered';
        throw new Refused(`missing: ${missing.join(', ')}`);
      },
    },
    {
      name: 'worker polls',
      advice: `start \`npm run worker\` on task queue ${config.taskQueue}`,
      run: async () => {
        const { client, namespace } = temporal();
        const { taskQueue } = config;
        const now = deps.now().getTime();
        const presence = await workerPresence({
          client,
          namespace,
          taskQueue,
          now,
          deadlineMs: 5000,
        });
        switch (presence) {
          case 'polling':
            return `on ${taskQueue}`;
          case 'no-worker':
            throw new Refused('no worker polls');
          case 'temporal-down':
            return {
              found: 'not known: Temporal did not answer in 5 s',
              advice: `${temporalRuns}; where it is only slow, ask again`,
            };
          case 'temporal-refused':
            return {
              found: 'not known: Temporal refused to tell',
              advice: 'correct TEMPORAL_NAMESPACE or TEMPORAL_API_KEY',
            };
        }
      },
    },
    {
      name: 'events applied',
      advice: 'start a worker, or end one that hangs; `dsync status` shows the directories',
      run: async () => {
        const waiting = await overdueDirectories(
          database(),
          new Date(deps.now().getTime() - OVERDUE_MS),
        );
        if (waiting.length === 0) return 'none waits longer than 30 s';
        throw new Refused(
          `events of ${waiting.length === 1 ? '1 directory' : `${waiting.length} directories`} wait longer than 30 s`,
        );
      },
    },
    {
      name: 'server ready',
      advice: 'start `npm run server`, or set HOST and PORT to where it listens',
      run: async () => {
        const url = `${deps.serverUrl}/health/ready`;
        const answer = await deps
          .fetch(url, { signal: AbortSignal.timeout(5000) })
          .catch(() => null);
        if (answer === null) throw new Refused(`no answer at ${url}`);
        await answer.body?.cancel();
        if (!answer.ok) throw new Refused(`not ready (status ${answer.status})`);
        return deps.serverUrl;
      },
    },
    {
      name: 'WorkOS key accepted',
      advice: 'set WORKOS_API_KEY to a key of this environment, or correct WORKOS_API_URL',
      run: async () => {
        await deps.workos().directorySync.listDirectories({ limit: 1 });
        return config.workosApiUrl;
      },
    },
    ...(config.intake.webhook
      ? [
          {
            name: 'webhook registered',
            advice: `run \`dsync webhook register <public URL of the server>${WEBHOOK_PATH}\``,
            run: () => registeredWebhook(deps),
          },
        ]
      : []),
  ];
};

// Behind a proxy the public URL is another than the server's own, so the path decides.
const registeredWebhook = async (deps: Deps): Promise<string> => {
  const endpoint = await findEndpoint(deps, ({ pathname }) => pathname === WEBHOOK_PATH);
  if (endpoint === undefined) throw new Refused(`no endpoint with the path ${WEBHOOK_PATH}`);
  if (endpoint.status !== 'enabled') throw new Refused(`${endpoint.id} is ${endpoint.status}`);
  return endpoint.endpointUrl;
};
