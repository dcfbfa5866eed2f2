import { describeProblems, loadConfig } from './config.ts';
import { createApp } from './http/app.ts';
import { createMetrics } from './http/metrics.ts';
import { createLog } from './log.ts';
import { retryInBackground } from './retry-in-background.ts';
import { openDatabase } from './store/database.ts';
import { everyInterval, startRounds, type Rounds } from './rounds.ts';
import { ensureIndexes, whyNotReady } from './store/indexes.ts';
import { expirePayloads } from './store/expire-payloads.ts';
import { expireReceipts } from './store/expire-receipts.ts';
import { expireStatistics } from './store/expire-statistics.ts';
import { createInbox } from './store/inbox.ts';
import { overdueDirectories } from './store/overdue-directories.ts';
import { owingDirectories } from './store/owing-directories.ts';
import { connectTemporal } from './temporal/connect.ts';
import { startOwedSweep, startSweep } from './temporal/sweep.ts';
import { createWaker } from './temporal/wake.ts';
import { workerPresence } from './temporal/worker-presence.ts';

const config = loadConfig(process.env, 'server');
const temporal = connectTemporal(process.env);
if ('problems' in config || 'problems' in temporal) {
  const problems = [config, temporal].flatMap((one) => ('problems' in one ? one.problems : []));
  process.stderr.write(`${describeProblems(problems)}\n`);
  process.exit(1);
}

const log = createLog(config.logLevel);
const database = openDatabase(config.mongodbUri, {
  appName: 'directory-sync-server',
  subscriptions: config.subscriptions,
});
const inbox = createInbox({ database, now: () => new Date() });
const { client, namespace } = temporal;
const { taskQueue } = config;
const waker = createWaker({ client, taskQueue, log });
const keptMs = config.eventPayloadDays * 86_400_000;
const expiry: { rounds: Rounds | null } = { rounds: null };
const preparation = retryInBackground({
  async work() {
    // A driver whose first connect failed tries no other by itself.
    await database.client.connect();
    await ensureIndexes(database);
    expiry.rounds = startExpiry();
  },
  onFailure: (err) => log.error({ err }, `${whyNotReady(err)} The server tries again.`),
});
const sweeping = {
  wake: waker.wake,
  onFailure: (err: unknown) => log.warn({ err }, 'The sweep failed; the next one tries again.'),
  now: Date.now,
  every: everyInterval,
};
const sweeps = [
  startSweep({
    ...sweeping,
    overdueDirectories: (olderThan) => overdueDirectories(database, olderThan),
  }),
  startOwedSweep({
    ...sweeping,
    owingDirectories: (owing) => owingDirectories(database, owing),
  }),
];
const app = createApp({
  log,
  inbox,
  wake: waker.wake,
  metrics: createMetrics(),
  secrets: config.webhookSecrets,
  allowedCidrs: config.allowedCidrs,
  trustProxy: config.trustProxy,
  webhook: config.intake.webhook,
  adminToken: config.adminToken,
  database,
  now: Date.now,
  async pingDatabase() {
    if (!preparation.isDone()) throw new Error('The indexes are not there yet');
    await database.db.command({ ping: 1 });
  },
  workerPresence: () => workerPresence({ client, namespace, taskQueue, now: Date.now() }),
});

const stop = async (): Promise<void> => {
  await app.close();
  await Promise.all([...sweeps.map((sweep) => sweep.close()), preparation.close()]);
  await expiry.rounds?.close();
  await waker.close();
  await Promise.all([temporal.close(), database.client.close()]);
  log.info('The server has stopped.');
};
const stopOnce = (): void => {
  process.off('SIGINT', stopOnce).off('SIGTERM', stopOnce);
  // Retries of Temporal's client live on as timers and throw when they find its channel closed.
  stop().then(
    () => process.exit(0),
    (err: unknown) => {
      log.error({ err }, 'The server could not stop cleanly.');
      process.exit(1);
    },
  );
};
process.on('SIGINT', stopOnce).on('SIGTERM', stopOnce);

try {
  const address = await app.listen({ host: config.host, port: config.port });
  log.info({ address }, 'The server listens.');
} catch (err) {
  log.fatal({ err }, `The server cannot listen on port ${config.port}; choose another PORT.`);
  await stop();
  process.exit(1);
}

function startExpiry(): Rounds {
  return startRounds({
    everyMs: 3_600_000,
    // A server that is replaced every hour would never come to it otherwise.
    atOnce: true,
    async round() {
      const before = new Date(Date.now() - keptMs);
      await Promise.all([
        expirePayloads(database, before),
        expireReceipts(database, before),
        expireStatistics(database, new Date()),
      ]);
    },
    onFailure: (err) =>
      log.warn(
        { err },
        'Old payloads, receipts or statistics could not be removed; the next hour tries again.',
      ),
    every: everyInterval,
  });
}
