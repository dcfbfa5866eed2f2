import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Webhook } from 'standardwebhooks';
import { createDeliverLane, type DeliverLaneResult } from '../../activities/deliver-lane.ts';
import { AUDIT_TYPES } from '../../src/domain/effect.ts';
import { createWebhookComposer } from '../../src/effects/compose-webhook.ts';
import { createWebhookDelivery } from '../../src/effects/deliver-webhooks.ts';
import { RETRY_DELAYS_MS } from '../../src/effects/retry-schedule.ts';
import { freePort } from '../../src/local/free-port.ts';
import { createOutboxLane } from '../../src/store/outbox-lane.ts';
import { redrive } from '../../src/store/redrive.ts';
import { startReceiver } from './http-receiver.ts';
import { audit, entryOf, newClaim, NOW, toldDatabase } from './told.ts';

const LEASE_MS = 120_000;
const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const OLD_SECRET = `whsec_${randomBytes(24).toString('base64')}`;

/** An application that is told by webhooks, and a lane that tells it. */
const openApplication = async (name: string, url?: string) => {
  const stack = new AsyncDisposableStack();
  const { database } = stack.use(
    await toldDatabase(name, { webhook: new Set(AUDIT_TYPES), streams: [] }),
  );
  const receiver = stack.use(await startReceiver());
  const clock = { now: NOW };
  const now = () => clock.now;
  const lane = createOutboxLane({ database, kind: 'webhook', newClaim });
  const deliverSome = createWebhookDelivery({
    lane,
    findAudit: (ids) => database.auditLog.find({ _id: { $in: [...ids] } }).toArray(),
    compose: createWebhookComposer([SECRET, OLD_SECRET]),
    url: url ?? receiver.url,
    leaseMs: LEASE_MS,
    now,
    random: () => 0.5,
  });
  const lanes = { webhook: { deliverSome, nextDue: () => lane.nextDue() } };
  const deliverLane = createDeliverLane({ lanes, now });
  return {
    database,
    receiver,
    clock,
    lane,
    pass: (ms: number) => {
      clock.now = new Date(clock.now.getTime() + ms);
    },
    deliver: (rests = 0) =>
      new MockActivityEnvironment().run(deliverLane, {
        lane: 'webhook' as const,
        rests,
      }) as Promise<DeliverLaneResult>,
    row: (person: string) =>
      database.outbox.findOne({ _id: `webhook:user.deprovisioned:event_1:${person}:` }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => entryOf(`person_${index}`));

test('a webhook is signed as Standard Webhooks says, and tells facts only', async () => {
  await using app = await openApplication('webhook-signed');
  const reason = 'Ada <ada@example.org> asked for it';
  await audit(app.database, [entryOf('ada', { reason, metadata: { count: 3, note: 'x y' } })]);

  expect(await app.deliver()).toMatchObject({ delivered: 1, nextDueInMs: null, restMs: 0 });

  const [request] = app.receiver.requests;
  if (request === undefined) throw new Error('Nothing was sent.');
  const { headers, body, method } = request;
  expect(method).toBe('POST');
  expect(headers['content-type']).toBe('application/json');
  expect(headers['webhook-id']).toMatch(/^msg_[0-9a-f]{32}$/);
  expect(headers['webhook-timestamp']).toBe(String(NOW.getTime() / 1000));
  const signed = String(headers['webhook-signature']).split(' ');
  expect(signed).toEqual(
    [SECRET, OLD_SECRET].map((secret) =>
      new Webhook(secret).sign(String(headers['webhook-id']), NOW, body),
    ),
  );
  expect(JSON.parse(body)).toEqual({
    type: 'user.deprovisioned',
    timestamp: NOW.toISOString(),
    data: {
      id: 'user.deprovisioned:event_1:ada:',
      directoryId: 'directory_1',
      organizationId: 'org_1',
      userId: 'ada',
      groupId: null,
      eventId: 'event_1',
      reason: 'withheld',
      actor: 'directory_sync',
      severity: 'info',
      metadata: { count: 3, note: 'withheld' },
    },
  });
  expect(await app.row('ada')).toMatchObject({
    status: 'delivered',
    attempts: 1,
    lastStatus: 'http-200',
    error: null,
    deliveredAt: NOW,
  });
});

test('a webhook that fails is tried again for three days and fails for good after ten attempts', async () => {
  await using app = await openApplication('webhook-schedule');
  app.receiver.answerWith(() => ({ status: 500 }));
  await audit(app.database, [entryOf('ada')]);

  for (const [index, delay] of RETRY_DELAYS_MS.entries()) {
    expect(await app.deliver()).toMatchObject({ retried: 1, nextDueInMs: delay });
    expect(await app.row('ada')).toMatchObject({ attempts: index + 1, error: 'http-500' });
    app.pass(delay);
  }
  expect(await app.deliver()).toMatchObject({ failed: 1, nextDueInMs: null });
  expect(await app.row('ada')).toMatchObject({ status: 'failed', attempts: 10, error: 'http-500' });
  const ids = app.receiver.requests.map(({ headers }) => headers['webhook-id']);
  expect([ids.length, new Set(ids).size]).toEqual([10, 1]);
  const days = RETRY_DELAYS_MS.reduce((sum, ms) => sum + ms, 0) / 86_400_000;
  expect(days).toBeCloseTo(3.15, 2);
});

test.each([
  [204, { status: 'delivered', error: null }],
  [302, { status: 'pending', error: 'http-302' }],
  [400, { status: 'pending', error: 'http-400' }],
  [410, { status: 'failed', error: 'http-410' }],
])('an answer of %s settles the row', async (status, expected) => {
  await using app = await openApplication(`webhook-${status}`);
  app.receiver.answerWith(() => ({ status, headers: { location: '/elsewhere' } }));
  await audit(app.database, [entryOf('ada')]);
  await app.deliver();
  expect(await app.row('ada')).toMatchObject({
    ...expected,
    attempts: 1,
    lastStatus: `http-${status}`,
  });
  expect(app.receiver.requests.map(({ path }) => path)).toEqual(['/']);
});

test('a receiver that asks for time by Retry-After gets it, for every webhook', async () => {
  await using app = await openApplication('webhook-busy');
  app.receiver.answerWith(() => ({ status: 429, headers: { 'retry-after': '600' } }));
  await audit(app.database, people(50));

  expect(await app.deliver()).toMatchObject({ restMs: 600_000, delivered: 0 });
  const asked = app.receiver.requests.length;
  expect(asked).toBeLessThanOrEqual(10);
  expect(
    await app.database.outbox.countDocuments({ nextAttemptAt: new Date(NOW.getTime() + 600_000) }),
  ).toBe(asked);
  expect(await app.database.outbox.countDocuments({ attempts: 0, nextAttemptAt: NOW })).toBe(
    50 - asked,
  );
});

test('a dead receiver is left alone for longer each time, and the webhooks wait unharmed', async () => {
  await using app = await openApplication('webhook-dead', `http://127.0.0.1:${await freePort()}`);
  await audit(app.database, people(300));

  expect(await app.deliver(0)).toMatchObject({ delivered: 0, failed: 0, restMs: 5000 });
  expect(await app.deliver(3)).toMatchObject({ restMs: 40_000 });
  expect(await app.deliver(20)).toMatchObject({ restMs: 300_000 });
  const tried = await app.database.outbox.find({ attempts: { $gt: 0 } }).toArray();
  // Ten at once, and whoever of them had begun another before the tenth failure.
  expect(tried.length).toBeLessThanOrEqual(3 * 19);
  expect(new Set(tried.map(({ error }) => error))).toEqual(new Set(['unreachable-ECONNREFUSED']));
});

test('one webhook that the receiver never takes does not stop the others', async () => {
  await using app = await openApplication('webhook-poison');
  app.receiver.answerWith(({ body }) => ({ status: body.includes('person_7"') ? 500 : 200 }));
  await audit(app.database, people(250));
  expect(await app.deliver()).toMatchObject({ delivered: 249, retried: 1, restMs: 0 });
});

test('webhooks that the receiver refuses by a 4xx hold up nobody else', async () => {
  await using app = await openApplication('webhook-refusals');
  app.receiver.answerWith(({ body }) => ({ status: body.includes('group.created') ? 404 : 200 }));
  await audit(app.database, [
    ...Array.from({ length: 40 }, (_, index) =>
      entryOf(`person_${index}`, { type: 'group.created' }),
    ),
    ...people(5),
  ]);
  expect(await app.deliver()).toMatchObject({ delivered: 5, retried: 40, restMs: 0 });
});

test('webhooks that a killed worker had claimed are sent again after its lease, with the same id', async () => {
  await using app = await openApplication('webhook-killed');
  await audit(app.database, people(3));
  const { rows } = await app.lane.claim({ now: NOW, limit: 2, entries: 0, leaseMs: LEASE_MS });
  expect(rows).toHaveLength(2);

  expect(await app.deliver()).toMatchObject({ delivered: 1, nextDueInMs: LEASE_MS });
  app.pass(LEASE_MS);
  expect(await app.deliver()).toMatchObject({ delivered: 2, nextDueInMs: null });
  expect(new Set(app.receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
});

test('a webhook that is being delivered is not made due beside that', async () => {
  await using app = await openApplication('webhook-redriven');
  app.receiver.answerWith(() => ({ status: 500 }));
  await audit(app.database, [entryOf('ada')]);
  await app.deliver();
  const waiting = { status: 'pending', kind: 'webhook' } as const;
  const redriveWaiting = () =>
    redrive(app.database, waiting, { inDoubt: false, now: app.clock.now });

  expect(await redriveWaiting()).toBe(1);
  await app.lane.claim({ now: app.clock.now, limit: 100, entries: 0, leaseMs: LEASE_MS });
  expect(await redriveWaiting()).toBe(0);
});

test('an attempt whose lease ran out settles nothing', async () => {
  await using app = await openApplication('webhook-late');
  await audit(app.database, [entryOf('ada')]);
  const late = await app.lane.claim({ now: NOW, limit: 1, entries: 0, leaseMs: 0 });
  const next = await app.lane.claim({ now: NOW, limit: 1, entries: 0, leaseMs: LEASE_MS });
  const [id = ''] = late.rows.map(({ _id }) => _id);
  await app.lane.settle(late.claim, [{ kind: 'failed', id, status: 'http-500' }], { now: NOW });
  expect(await app.row('ada')).toMatchObject({ status: 'pending', attempts: 2, error: null });
  await app.lane.settle(next.claim, [{ kind: 'delivered', id, status: 'http-200' }], { now: NOW });
  expect(await app.row('ada')).toMatchObject({ status: 'delivered' });
});

test('two workers at once send each webhook once', async () => {
  await using app = await openApplication('webhook-two-workers');
  await audit(app.database, people(200));
  const [one, other] = await Promise.all([app.deliver(), app.deliver()]);
  expect(one.delivered + other.delivered).toBe(200);
  expect(app.receiver.requests).toHaveLength(200);
});

test('a worker that is told to stop gives back what it has not sent', async () => {
  await using app = await openApplication('webhook-stopped');
  app.receiver.answerWith(() => null);
  await audit(app.database, people(20));
  const environment = new MockActivityEnvironment();
  const lanes = createDeliverLane({
    lanes: {
      webhook: {
        deliverSome: createWebhookDelivery({
          lane: app.lane,
          findAudit: (ids) => app.database.auditLog.find({ _id: { $in: [...ids] } }).toArray(),
          compose: createWebhookComposer([SECRET]),
          url: app.receiver.url,
          leaseMs: LEASE_MS,
          now: () => NOW,
          random: () => 0.5,
        }),
        nextDue: () => app.lane.nextDue(),
      },
    },
    now: () => NOW,
  });
  const running = environment.run(lanes, { lane: 'webhook' as const, rests: 0 });
  while (app.receiver.requests.length < 10) await sleep(5);
  environment.cancel();
  expect(await running).toMatchObject({ delivered: 0, failed: 0, retried: 0, restMs: 0 });
  expect(await app.database.outbox.countDocuments({ attempts: 0, nextAttemptAt: NOW })).toBe(20);
});

test('a worker that is not set up for webhooks says so and touches none', async () => {
  const result = await new MockActivityEnvironment().run(
    createDeliverLane({ lanes: {}, now: () => NOW }),
    { lane: 'webhook' as const, rests: 0 },
  );
  expect(result).toMatchObject({ off: true });
});
