import { fileURLToPath } from 'node:url';
import { cancellationSignal, sleep } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { createPace } from '../activities/page-pace.ts';
import { wakeEffects } from '../activities/wake-effects.ts';
import { describeProblems, loadConfig } from './config.ts';
import { lanesOf } from './domain/subscriptions.ts';
import { createLanes } from './effects/lanes.ts';
import { createLog, loggedCode } from './log.ts';
import { createComposer } from './mail/compose.ts';
import { createMailDelivery, LEASE_MS } from './mail/deliver-mail.ts';
import { createFileSender } from './mail/file-sender.ts';
import { readTemplates } from './mail/read-templates.ts';
import { createSmtpSender } from './mail/smtp-sender.ts';
import { openDatabase } from './store/database.ts';
import { ensureIndexes, whyNotReady } from './store/indexes.ts';
import { createInbox } from './store/inbox.ts';
import { createOutbox } from './store/outbox.ts';
import { owingDirectories } from './store/owing-directories.ts';
import { noteSubscriptions } from './store/subscriptions-of.ts';
import { coalesce, pauseOf } from './temporal/coalesce.ts';
import { connectTemporal } from './temporal/connect.ts';
import { loggedFields } from './temporal/logged-fields.ts';
import { ensureSearchAttributes } from './temporal/search-attributes.ts';
import {
  endEventsPoller,
  startEventsPoller,
  wakeOutbox,
  wakeOutboxLane,
  wakeRetention,
} from './temporal/start-standing.ts';
import { createWaker } from './temporal/wake.ts';
import { createWorkers } from './worker-slots.ts';
import { createListings } from './workos/list-pages.ts';

const config = loadConfig(process.env, 'worker');
const templates = readTemplates(process.env['MAIL_TEMPLATES_DIR']?.trim() || null);
const temporal = connectTemporal(process.env);
if ('problems' in config || 'problems' in templates || 'problems' in temporal) {
  const problems = [config, templates, temporal].flatMap((one) =>
    'problems' in one ? one.problems : [],
  );
  process.stderr.write(`${describeProblems(problems)}\n`);
  process.exit(1);
}

const log = createLog(config.logLevel);
const now = (): Date => new Date();
const { subscriptions } = config;
const database = openDatabase(config.mongodbUri, {
  appName: 'directory-sync-worker',
  subscriptions,
});

const fail = async (message: string, error: unknown): Promise<never> => {
  log.fatal({ code: loggedCode(error) }, message);
  if (config.logLevel === 'debug') log.debug({ err: error }, 'cause');
  await database.client.close();
  return process.exit(1);
};

Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
    // The queue of long activities has no workflows, on purpose.
    if (message.startsWith('No workflows registered')) return;
    log[level === 'ERROR' ? 'error' : 'warn'](loggedFields(meta), message);
  }),
});

const { client, namespace } = temporal;
const { taskQueue } = config;

await ensureIndexes(database).catch((error: unknown) => fail(whyNotReady(error), error));
const connection = await NativeConnection.connect(temporal.options).catch((error: unknown) =>
  fail('Temporal cannot be reached; check TEMPORAL_ADDRESS.', error),
);
const missing = await ensureSearchAttributes(temporal.connection, namespace).catch(
  (error: unknown) =>
    fail('Temporal refused this worker; check TEMPORAL_NAMESPACE and TEMPORAL_API_KEY.', error),
);
if (missing.length > 0)
  await fail(
    `The namespace lacks the search attributes ${missing.join(', ')} (Keyword), and this worker may not register them; register them with "temporal operator search-attribute create".`,
    null,
  );

const directories = createWaker({ client, taskQueue, log });
const outboxWakes = coalesce({
  act: () =>
    wakeOutbox({ client, taskQueue }).catch((error: unknown) =>
      log.warn({ code: loggedCode(error) }, 'The outbox could not be woken; it looks by itself.'),
    ),
  pause: pauseOf(200),
});
const laneWakes = coalesce({
  act: () =>
    Promise.all(
      lanesOf(subscriptions).map((lane) => wakeOutboxLane({ client, taskQueue }, lane)),
    ).then(
      () => undefined,
      (error: unknown) =>
        log.warn({ code: loggedCode(error) }, 'The outbox could not be woken; it looks by itself.'),
    ),
  pause: pauseOf(500),
});
const outbox = createOutbox({ database });
const sender =
  config.smtpUrl === null
    ? createFileSender({ dataDir: config.dataDir })
    : createSmtpSender({ smtpUrl: config.smtpUrl });

const { live, background } = await createWorkers({
  connection,
  namespace,
  taskQueue,
  workflows: { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) },
  activities: createActivities(
    {
      database,
      inbox: createInbox({ database, now }),
      listings: createListings({ apiKey: config.workosApiKey, apiUrl: config.workosApiUrl }),
      pace: createPace({ cancelled: cancellationSignal }),
      log,
      now,
      pause: sleep,
      wake: {
        directory: directories.wake,
        outbox: () => outboxWakes.request('outbox'),
        retention: (directoryId) => wakeRetention({ client, taskQueue }, directoryId),
      },
      pollIntervalMs: config.pollIntervalMs,
    },
    {
      outbox,
      deliver: createMailDelivery({
        outbox,
        sender,
        compose: createComposer({ mailFrom: config.mailFrom, templates }),
        now,
      }),
      leaseMs: LEASE_MS,
      now,
    },
    createLanes({ config, database, log, now }),
  ),
  interceptors:
    lanesOf(subscriptions).length === 0 ? [] : [wakeEffects(() => laneWakes.request('lanes'))],
});

await noteSubscriptions(database, { subscriptions, now: now() });
await (config.intake.poll ? startEventsPoller({ client, taskQueue }) : endEventsPoller({ client }));
await wakeOutbox({ client, taskQueue });
laneWakes.request('lanes');
// A wake may have been lost while nobody listened; what stands in the database is still owed.
for (const id of await owingDirectories(database, { dueBefore: now(), everything: true }))
  directories.wake(id);
log.info({ taskQueue, namespace }, 'The worker polls.');
await Promise.all([live.run(), background.run()]);
await directories.close();
await Promise.all([outboxWakes.close(), laneWakes.close()]);
sender.close();
await Promise.all([temporal.close(), connection.close(), database.client.close()]);
log.info('The worker has stopped.');
process.exit(0);
