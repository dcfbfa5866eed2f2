import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import { LEASE_MS } from '../../src/mail/deliver-mail.ts';
import type { MailRow } from '../../src/store/documents.ts';
import { eventually, startProduct } from '../support/e2e-product.ts';
import { messageIds, viewOfDatabase, viewOfTruth } from '../support/e2e-synced.ts';

/** More than one batch, so that a worker can be killed between the first and the end. */
const EVENTS = 900;
/** A worker delivers two mails at once (`deliver-due.ts`), so a killed one leaves no more in doubt. */
const MAILS_IN_HAND = 2;
const KILLED_WORKERS = 2;

test('a server killed in a burst and a worker killed in a drain lose nothing and repeat no mail', async () => {
  // Without polling, so that nothing brings an acknowledged event back but the inbox.
  await using product = await startProduct({
    name: 'crash',
    intake: 'webhook',
    knobs: { webhookRetryBaseMs: 50, webhookTimeoutMs: 3000, activationEvents: false },
  });
  const { database, mail, webhooks } = product;
  const pending = () => database.events.countDocuments({ status: 'pending' });
  const isSynced = async (): Promise<boolean> => {
    if ((await database.directories.findOne({}))?.syncStatus !== 'active') return false;
    if ((await database.events.findOne({ status: 'pending' })) !== null) return false;
    const truth = await product.truth();
    if ((await database.events.countDocuments({ status: 'applied' })) !== truth.events)
      return false;
    return isDeepStrictEqual(await viewOfDatabase(database), viewOfTruth(truth));
  };
  const state = async () => ({
    directory: await database.directories.findOne({}),
    pending: await pending(),
  });
  await product.play('company', { people: 40, groups: 3 });
  await eventually('the directory is backfilled', isSynced, { timeoutMs: 60_000, state });

  const before = await database.events.countDocuments({ status: 'applied' });

  await product.worker.kill();
  await product.play('burst', { events: EVENTS });
  await eventually('the burst arrives', async () => webhooks.acknowledged.size > EVENTS / 4, {
    timeoutMs: 60_000,
  });
  await product.server.kill();
  const { events } = await product.truth();
  expect(webhooks.acknowledged.size).toBeLessThan(events);
  const stored = new Set(await database.events.distinct('_id'));
  expect([...webhooks.acknowledged].filter((id) => !stored.has(id))).toEqual([]);

  await product.server.start();
  const arrived = async () => (await pending()) === events - before;
  await eventually('every event is in the inbox', arrived, { timeoutMs: 90_000, state });
  const [oldest] = await database.events
    .find({ status: 'pending' })
    .sort({ createdAt: 1, _id: 1 })
    .limit(1)
    .toArray();
  const begun = async () =>
    (await database.events.findOne({ _id: String(oldest?._id) }))?.status === 'applied';
  await product.worker.start();
  await eventually('the first batch is applied', begun, { timeoutMs: 90_000, everyMs: 10, state });
  await product.worker.kill();
  const lastLease = new Date(Date.now() + LEASE_MS);
  expect(await pending()).toBeGreaterThan(0);
  await product.worker.start();
  // The killed attempt is given up after 10 s, and its transaction by the server after up to a minute.
  await eventually('everything is applied', isSynced, { timeoutMs: 150_000, state });

  expect(await database.events.distinct('status')).toEqual(['applied']);
  expect(await viewOfDatabase(database)).toEqual(viewOfTruth(await product.truth()));

  // The two minutes for which the killed workers hold their mails pass at once.
  await database.outbox.updateMany(
    { status: 'pending', attempts: { $gt: 0 }, nextAttemptAt: { $lte: lastLease } },
    { $set: { nextAttemptAt: new Date(0) } },
  );
  const outbox = async () =>
    await database.outbox
      .find<MailRow>({ kind: 'mail' }, { projection: { status: 1, error: 1, userId: 1 } })
      .toArray();
  await eventually(
    'the outbox is settled',
    async () => (await outbox()).every(({ status }) => status !== 'pending'),
    { timeoutMs: 120_000, state: outbox },
  );
  const sent = messageIds(mail.received);
  expect(new Set(sent).size).toBe(sent.length);
  const rows = await outbox();
  const delivered = rows.filter(({ status }) => status === 'delivered');
  expect(sent).toEqual(expect.arrayContaining(delivered.map(({ _id }) => `<${_id}@example.org>`)));
  const lost = rows.filter(({ status }) => status !== 'delivered');
  const inDoubt = lost.filter(({ error }) => error === 'in-doubt');
  expect(inDoubt.length).toBeLessThanOrEqual(MAILS_IN_HAND * KILLED_WORKERS);
  const gone = lost.filter(({ error }) => error !== 'in-doubt');
  expect(gone.filter(({ error }) => error !== 'recipient-gone')).toEqual([]);
  // Everybody who has access was written to, but for those few.
  const welcomed = new Set([...delivered, ...inDoubt].map(({ userId }) => userId));
  const people = await database.users.find({ enabled: true, email: { $ne: null } }).toArray();
  expect(people.length).toBeGreaterThan(20);
  expect(people.map(({ _id }) => _id).filter((id) => !welcomed.has(id))).toEqual([]);
  expect(delivered.length).toBeGreaterThan(people.length / 2);
}, 600_000);
