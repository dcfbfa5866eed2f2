import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createApp, type AppDeps } from '../../src/http/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createLog } from '../../src/log.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';
import { event, user } from '../workos/wire-samples.ts';

let testDb: TestDatabase;
let database: Database;
const opened: FastifyInstance[] = [];
const woken: string[] = [];

beforeAll(async () => {
  testDb = await testDatabase('webhook');
  database = openDatabase(testDb.uri);
  await ensureIndexes(database);
});

beforeEach(async () => {
  woken.length = 0;
  await Promise.all(opened.splice(0).map((app) => app.close()));
  await database.events.deleteMany({});
});

afterAll(async () => {
  await Promise.all(opened.map((app) => app.close()));
  await database.client.close();
  await testDb[Symbol.asyncDispose]();
});

const start = async (deps: Partial<AppDeps> = {}): Promise<string> => {
  const app = createApp({
    log: createLog('silent'),
    inbox: createInbox({ database, now: () => new Date() }),
    wake: (directoryId) => void woken.push(directoryId),
    metrics: createMetrics(),
    secrets: ['secret'],
    allowedCidrs: [],
    trustProxy: false,
    webhook: true,
    adminToken: null,
    database,
    now: Date.now,
    pingDatabase: () => Promise.resolve(),
    workerPresence: () => Promise.resolve('polling'),
    ...deps,
  });
  opened.push(app);
  return app.listen({ host: '127.0.0.1', port: 0 });
};

const sign = (body: string | Buffer, time = Date.now()): string => {
  const mac = createHmac('sha256', 'secret').update(`${time}.`).update(body).digest('hex');
  return `t=${time}, v1=${mac}`;
};

const post = async (
  base: string,
  body: string | Buffer,
  headers: Record<string, string> = { 'WorkOS-Signature': sign(body) },
) => {
  const answer = await fetch(`${base}/webhooks/workos`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: answer.status, json: await answer.json() };
};

const refusal = (status: number, code: string) => ({
  status,
  json: { error: { code, message: expect.any(String) } },
});
const received = { status: 200, json: { received: true } };
const created = JSON.stringify(event('dsync.user.created', user()));

const fail = () => Promise.reject(new Error('The database is away'));
const hang = () => new Promise<never>(() => {});
const from = (server: string, forwarded: string) =>
  post(server, created, { 'workos-signature': sign(created), 'x-forwarded-for': forwarded });

test('A2: a signed event is durable, then answered, then its directory woken', async () => {
  expect(await post(await start(), created)).toEqual(received);
  expect(await database.events.find().toArray()).toEqual([
    {
      _id: 'event_1',
      directoryId: 'directory_1',
      type: 'dsync.user.created',
      createdAt: new Date('2026-01-03T00:00:00.000Z'),
      receivedAt: expect.anything(),
      via: 'webhook',
      status: 'pending',
      settledAt: null,
      attempts: 0,
      error: null,
      payload: event('dsync.user.created', user()),
      directoryUserId: 'directory_user_1',
    },
  ]);
  expect(woken).toEqual(['directory_1']);
});

test.each(['workos-signature', 'WORKOS-SIGNATURE', 'WorkOS-Signature'])(
  'A1: the header may be spelt %s',
  async (name) => {
    expect(await post(await start(), created, { [name]: sign(created) })).toEqual(received);
  },
);

test.each(['text/plain', 'application/octet-stream', 'application/json; charset=utf-8'])(
  'A1: the bytes are verified whatever the content type (%s)',
  async (type) => {
    const body = JSON.stringify(event('dsync.user.created', user({ last_name: 'Łé' })), null, 2);
    const headers = { 'content-type': type, 'workos-signature': sign(body) };
    expect(await post(await start(), body, headers)).toEqual(received);
  },
);

test.each<[string, () => string | undefined, string]>([
  ['none', () => undefined, 'signature-missing'],
  ['an empty one', () => '', 'signature-missing'],
  ['nonsense', () => 'x', 'signature-malformed'],
  ['a stale one', () => sign(created, Date.now() - 200_000), 'signature-stale'],
  ['one of the future', () => sign(created, Date.now() + 200_000), 'signature-stale'],
  ['one of another body', () => sign(`${created} `), 'signature-mismatch'],
  [
    'one in upper case',
    () => sign(created).toUpperCase().replace('T=', 't=').replace('V1', 'v1'),
    'signature-mismatch',
  ],
])('A1: with %s as signature nothing is stored', async (_what, header, code) => {
  const signature = header();
  const headers: Record<string, string> = {};
  if (signature !== undefined) headers['workos-signature'] = signature;
  expect(await post(await start(), created, headers)).toEqual(refusal(401, code));
  expect(await database.events.countDocuments()).toBe(0);
  expect(woken).toEqual([]);
});

test.each([
  ['an empty body', Buffer.from('')],
  ['text', Buffer.from('hello')],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
])('a good signature over %s is answered 400 and nothing is stored', async (_what, body) => {
  expect(await post(await start(), body)).toEqual(refusal(400, 'not-json'));
  expect(await database.events.countDocuments()).toBe(0);
});

test('a body over 1 MiB is refused before its signature is looked at', async () => {
  const body = 'x'.repeat(1024 * 1024 + 1);
  expect(await post(await start(), body)).toEqual(refusal(413, 'body-too-large'));
});

test('A3: ten deliveries of one event to two servers give one row', async () => {
  const servers = [await start(), await start()];
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => post(servers[index % 2] ?? '', created)),
  );
  expect(answers).toEqual(Array.from({ length: 10 }, () => received));
  expect(await database.events.countDocuments()).toBe(1);
});

test('A8: a type invented tomorrow is stored and settled as ignored, waking nobody', async () => {
  const body = JSON.stringify(event('dsync.invented', { directory_id: 'directory_1' }));
  expect(await post(await start(), body)).toEqual(received);
  expect(await database.events.findOne({})).toMatchObject({
    status: 'ignored',
    settledAt: expect.anything(),
  });
  expect(woken).toEqual([]);
});

test.each([
  ['by its id', JSON.stringify({ id: 'event_9', event: 'dsync.user.created' }), 'event_9'],
  ['by its hash', '[1,2]', expect.stringMatching(/^body:[0-9a-f]{64}$/)],
])('a signed payload that is no event is parked once, %s', async (_how, body, id) => {
  const server = await start();
  expect(await post(server, body)).toEqual(received);
  expect(await post(server, body)).toEqual(received);
  const stored = await database.events.find().toArray();
  expect(stored).toMatchObject([
    { _id: id, status: 'parked', error: expect.stringMatching(/^payload-invalid: /) },
  ]);
});

test('a directory id that no workflow can be named after parks its event and wakes nobody', async () => {
  const server = await start();
  const ids = ['d'.repeat(256), 'directory_1\u0000', 'directory_\uD800'];
  for (const [index, directory_id] of ids.entries()) {
    const odd = event('dsync.user.created', user({ directory_id }), { id: `event_${index}` });
    expect(await post(server, JSON.stringify(odd))).toEqual(received);
  }
  const stored = await database.events.find().toArray();
  expect(stored).toMatchObject(
    ids.map(() => ({
      directoryId: null,
      status: 'parked',
      error: 'payload-invalid: data.directory_id is not 1 to 255 visible ASCII characters',
    })),
  );
  expect(woken).toEqual([]);
});

test.each([
  ['keys with dots and dollars', { $set: { 'a.b': 1, $x: 2 }, 'x.y': 1 }],
  ['a key with a null byte', { 'a\u0000b': 1 }],
])('a payload with %s is stored in some way, not refused for ever', async (_what, odd) => {
  const body = JSON.stringify(event('dsync.user.created', user({ raw_attributes: odd })));
  expect(await post(await start(), body)).toEqual(received);
  expect(await database.events.countDocuments()).toBe(1);
});

test('a payload nested too deep for the database is parked', async () => {
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const body = created.replace('"raw_attributes":{}', `"raw_attributes":${deep}`);
  expect(await post(await start(), body)).toEqual(received);
  expect(await database.events.findOne({})).toMatchObject({ _id: 'event_1', status: 'parked' });
});

test('A2: with MongoDB away the answer is 503, and nobody is woken', async () => {
  const server = await start({ inbox: { accept: fail, parkMalformed: fail } });
  expect(await post(server, created)).toEqual(refusal(503, 'database-unavailable'));
  expect(woken).toEqual([]);
});

test('A2: a MongoDB that never answers gives 503 within five seconds', async () => {
  const server = await start({ inbox: { accept: hang, parkMalformed: hang } });
  const before = Date.now();
  expect(await post(server, created)).toEqual(refusal(503, 'database-unavailable'));
  expect(Date.now() - before).toBeLessThan(5000);
});

test('A7: only listed sources may call, and X-Forwarded-For counts only behind a proxy', async () => {
  const allowedCidrs = ['203.0.113.0/24', '2001:db8::/32'];
  const direct = await start({ allowedCidrs });
  const proxied = await start({ allowedCidrs, trustProxy: 1 });
  expect(await from(direct, '203.0.113.7')).toEqual(refusal(403, 'source-not-allowed'));
  expect(await from(proxied, '203.0.113.7')).toEqual(received);
  expect(await from(proxied, '2001:db8::7')).toEqual(received);
  expect(await from(proxied, '::ffff:203.0.113.7')).toEqual(received);
  expect(await from(proxied, '203.0.113.7, 198.51.100.1')).toEqual(
    refusal(403, 'source-not-allowed'),
  );
  expect(await from(proxied, 'nonsense')).toEqual(refusal(403, 'source-not-allowed'));
});

test('with INTAKE=poll there is no webhook', async () => {
  expect(await post(await start({ webhook: false }), created)).toEqual(refusal(404, 'not-found'));
});

test('metrics count what came, by type, and what was refused, by code', async () => {
  const server = await start();
  await post(server, created);
  await post(server, created);
  await post(server, created, {});
  await post(server, JSON.stringify(event('x'.repeat(50), {}, { id: 'event_2' })));
  const text = await (await fetch(`${server}/metrics`)).text();
  const labels = '{type="dsync.user.created",via="webhook"}';
  expect(text).toContain(`directory_sync_events_received_total${labels} 1`);
  expect(text).toContain(`directory_sync_events_duplicate_total${labels} 1`);
  expect(text).toContain('directory_sync_events_received_total{type="other",via="webhook"} 1');
  expect(text).toContain('directory_sync_webhooks_rejected_total{code="signature-missing"} 1');
  expect(text).toContain('directory_sync_intake_seconds_count 3');
});

test('metrics need the token where there is one', async () => {
  const server = await start({ adminToken: 'token' });
  const ask = async (authorization: string) =>
    (await fetch(`${server}/metrics`, { headers: { authorization } })).status;
  expect([await ask(''), await ask('Bearer wrong'), await ask('Bearer token')]).toEqual([
    401, 401, 200,
  ]);
});

test.each([
  [{}, 200, []],
  [{ pingDatabase: () => Promise.reject(new Error('down')) }, 503, ['mongodb']],
  [{ workerPresence: () => Promise.resolve('no-worker' as const) }, 503, ['worker']],
  [
    { workerPresence: () => Promise.resolve('temporal-down' as const) },
    503,
    ['temporal', 'worker'],
  ],
  [
    { workerPresence: () => Promise.resolve('temporal-refused' as const) },
    503,
    ['temporal', 'worker'],
  ],
])('readiness names what is missing (%#)', async (deps, status, missing) => {
  const server = await start(deps);
  const ready = await fetch(`${server}/health/ready`);
  expect(ready.status).toBe(status);
  expect(await ready.json()).toMatchObject({ ready: status === 200, missing });
  expect((await fetch(`${server}/health/live`)).status).toBe(200);
});
