import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { startReceiver, type ReceivedRequest } from '../effects/http-receiver.ts';
import { idsOf } from '../effects/streaming.ts';
import { eventually, startProduct } from '../support/e2e-product.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;

interface Message {
  readonly type: string;
  readonly data: { readonly id: string };
}

test('the application, Datadog and a collector are told of each change, also when the application was away', async () => {
  await using application = await startReceiver();
  await using datadog = await startReceiver();
  await using collector = await startReceiver();
  // Once for each of ten messages: the second failure of one would put it off by five minutes.
  const refused = new Set<unknown>();
  application.answerWith(({ headers }) => {
    const id = headers['webhook-id'];
    const isAway = refused.size < 10 && !refused.has(id);
    if (isAway) refused.add(id);
    return { status: isAway ? 503 : 200 };
  });
  await using product = await startProduct({
    name: 'effects',
    intake: 'webhook',
    knobs: {},
    env: {
      APP_WEBHOOK_URL: application.url,
      APP_WEBHOOK_SECRET: SECRET,
      APP_WEBHOOK_TYPES: 'user.provisioned,user.deprovisioned',
      DATADOG_API_KEY: 'key',
      DATADOG_LOGS_URL: datadog.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
  });
  const { database } = product;
  const waiting = () => database.outbox.countDocuments({ kind: 'webhook', status: 'pending' });
  const settled = async () =>
    (await database.events.countDocuments({ status: 'pending' })) === 0 &&
    (await database.directories.findOne({}))?.syncStatus === 'active';

  await product.play('backfill', { people: 25, groups: 3 });
  await eventually('the directory is backfilled', settled, { timeoutMs: 120_000 });
  await product.play('leaver');

  await eventually(
    'the application knows of everything',
    async () => (await waiting()) === 0 && application.requests.map(verified).some(told),
    { timeoutMs: 120_000, state: waiting },
  );
  const written = await database.auditLog
    .find({ type: { $in: ['user.provisioned', 'user.deprovisioned'] } })
    .map(({ _id }) => _id)
    .toArray();
  const ids = new Set(application.requests.map((one) => verified(one).data.id));
  expect([...ids].toSorted()).toEqual(written.toSorted());
  expect(written).toHaveLength(26);

  const person = await database.users.findOne({ enabled: true });
  const held = await product.dsync('user', 'hold', person?._id ?? '', '--reason', 'case-1');
  expect(held).toMatchObject({ code: 0 });
  expect(await database.auditLog.countDocuments({ reason: 'legal-hold-set' })).toBe(1);

  await eventually(
    'everything is streamed',
    async () =>
      (await database.outbox.countDocuments({
        kind: { $in: ['datadog', 'otel'] },
        status: 'pending',
      })) === 0,
    { timeoutMs: 60_000 },
  );
  const events = await database.events.distinct('_id');
  const audit = await database.auditLog.distinct('_id');
  expect(new Set(idsOf(datadog.requests))).toEqual(new Set([...events, ...audit]));
  const collected = collector.requests.map(({ body }) => body).join();
  expect([...events, ...audit].filter((id) => !collected.includes(`"${id}"`))).toEqual([]);
  expect(collected + datadog.requests.map(({ body }) => body).join()).not.toContain('@');
}, 240_000);

const told = ({ type }: Message): boolean => type === 'user.deprovisioned';

const verified = ({ body, headers }: ReceivedRequest): Message =>
  new Webhook(SECRET).verify(body, headers as Record<string, string>) as Message;
