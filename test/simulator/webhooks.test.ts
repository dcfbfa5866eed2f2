import { expect, test } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { NO_ANSWER, register, startReceiver } from './receiver.ts';
import { started, until } from './started.ts';
import type { Started } from './started.ts';

const settled = async (simulator: Started): Promise<void> =>
  until(() => simulator.health().webhooks.pending === 0);

test('the SDK accepts the signature, and no other body under it', async () => {
  await using simulator = await started();
  await using receiver = await startReceiver();
  const secret = await register(simulator.url, receiver.url);
  simulator.play('company', { people: 2, groups: 1 });
  await settled(simulator);
  const { webhooks } = new WorkOS('sk_test');
  const [first] = receiver.received;
  if (first === undefined) throw new Error('Nothing came.');
  expect(first.signature).toMatch(/^t=\d{13}, v1=[0-9a-f]{64}$/);
  const payload = Buffer.from(first.body);
  const event = await webhooks.constructEvent({ payload, sigHeader: first.signature, secret });
  expect(event).toMatchObject({ id: first.id, event: 'dsync.activated' });
  await expect(
    webhooks.constructEvent({ payload: `${first.body} `, sigHeader: first.signature, secret }),
  ).rejects.toThrow('Signature hash does not match');
});

test('every event goes to each enabled endpoint that asked for its kind, with its own secret', async () => {
  await using simulator = await started();
  await using all = await startReceiver();
  await using some = await startReceiver();
  const secrets = [
    await register(simulator.url, all.url),
    await register(simulator.url, some.url, ['dsync.group.created']),
  ];
  expect(new Set(secrets).size).toBe(2);
  simulator.play('company', { people: 4, groups: 2 });
  await settled(simulator);
  const { body } = await simulator.call('/webhook_endpoints?order=asc');
  expect(all.received).toHaveLength(simulator.health().events);
  expect(some.received).toHaveLength(2);

  const off = JSON.stringify({ status: 'disabled' });
  await simulator.call(`/webhook_endpoints/${body.data[0].id}`, { method: 'PATCH', body: off });
  const before = all.received.length;
  simulator.perform([{ act: 'create-group', name: 'New' }]);
  await until(() => some.received.length === 3);
  expect(all.received).toHaveLength(before);
});

test('a webhook is tried again until it gets 2xx, then never', async () => {
  await using simulator = await started({ knobs: { webhookRetryBaseMs: 1 } });
  await using receiver = await startReceiver((_received, tries) => (tries < 4 ? 503 : 200));
  await register(simulator.url, receiver.url);
  simulator.perform([{ act: 'create-directory' }]);
  await until(() => receiver.received.length === 4);
  await settled(simulator);
  expect(simulator.health().webhooks).toEqual({ pending: 0, delivered: 1, failed: 0, lost: 0 });
  const signatures = receiver.received.map(({ signature }) => signature);
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  expect(signatures.every((signature) => signature.startsWith('t='))).toBe(true);
});

test('a webhook is given up after so many tries, also when nobody listens', async () => {
  await using simulator = await started({ knobs: { webhookRetryBaseMs: 1, webhookMaxTries: 3 } });
  await using receiver = await startReceiver(() => 500);
  await register(simulator.url, receiver.url);
  await register(simulator.url, 'http://127.0.0.1:9/nobody');
  simulator.perform([{ act: 'create-directory' }]);
  await until(() => simulator.health().webhooks.failed === 2);
  expect(receiver.received).toHaveLength(3);
  expect(simulator.health().webhooks.pending).toBe(0);
});

test('a redirect is no success', async () => {
  await using simulator = await started({ knobs: { webhookMaxTries: 1 } });
  await using receiver = await startReceiver(() => 302);
  await register(simulator.url, receiver.url);
  simulator.perform([{ act: 'create-directory' }]);
  await settled(simulator);
  expect(simulator.health().webhooks).toMatchObject({ delivered: 0, failed: 1 });
});

test('an endpoint that does not answer in time is tried again, and holds up no end', async () => {
  await using simulator = await started({
    knobs: { webhookTimeoutMs: 20, webhookRetryBaseMs: 1, webhookMaxTries: 2 },
  });
  await using receiver = await startReceiver(() => NO_ANSWER);
  await register(simulator.url, receiver.url);
  simulator.perform([{ act: 'create-directory' }]);
  await until(() => simulator.health().webhooks.failed === 1);
  expect(receiver.received).toHaveLength(2);

  simulator.setKnobs({ webhookTimeoutMs: 600_000 });
  simulator.perform([{ act: 'create-group', name: 'Team' }]);
  await until(() => receiver.received.length === 3);
  await simulator.close();
  expect(simulator.health().webhooks.pending).toBe(1);
});

test('lost webhooks are only in the Events API; duplicates come twice', async () => {
  await using simulator = await started({ knobs: { webhookLossRatio: 1 } });
  await using receiver = await startReceiver();
  await register(simulator.url, receiver.url);
  simulator.perform([{ act: 'create-directory' }]);
  simulator.setKnobs({ webhookLossRatio: 0, webhookDuplicateRatio: 1 });
  simulator.perform([{ act: 'create-group', name: 'Team' }]);
  await settled(simulator);
  expect(simulator.health().webhooks).toEqual({ pending: 0, delivered: 2, failed: 0, lost: 1 });
  expect(receiver.received).toHaveLength(2);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  const { body } = await simulator.call('/events?events=dsync.activated,dsync.group.created');
  expect(body.data).toHaveLength(2);
});

test('one at a time they come in order, unless a window shuffles them', async () => {
  await using simulator = await started({ knobs: { webhookConcurrency: 1 } });
  await using receiver = await startReceiver();
  await register(simulator.url, receiver.url);
  const first = simulator.play('company').events.map(({ id }) => id);
  await settled(simulator);
  expect(receiver.received.map(({ id }) => id)).toEqual(first);
  simulator.setKnobs({ webhookReorder: 50 });
  const second = simulator.play('company').events.map(({ id }) => id);
  await settled(simulator);
  const came = receiver.received.slice(first.length).map(({ id }) => id);
  expect(came).not.toEqual(second);
  expect(came.toSorted()).toEqual(second);
});

test('a delay holds webhooks back while the Events API has them', async () => {
  await using simulator = await started({ knobs: { webhookDelayMs: 60_000, webhookJitterMs: 5 } });
  await using receiver = await startReceiver();
  await register(simulator.url, receiver.url);
  simulator.perform([{ act: 'create-directory' }]);
  const { body } = await simulator.call('/events?events=dsync.activated');
  expect(body.data).toHaveLength(1);
  expect(simulator.health().webhooks.pending).toBe(1);
  expect(receiver.received).toEqual([]);
});
