import { createHmac } from 'node:crypto';
import { createServer, request as send } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { createApp, type AppDeps } from '../../src/http/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createLog } from '../../src/log.ts';
import { event, user } from '../workos/wire-samples.ts';

const SECRET = 'secret';
// As WorkOS sends it: a proxy that parses and writes it again would change the bytes.
const BODY = JSON.stringify(event('dsync.user.created', user({ first_name: 'Łé' })), null, 1);
const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A server with these variables in its environment; answers the port it listens on. */
const serve = async (env: Record<string, string>, host = '127.0.0.1'): Promise<number> => {
  const config = loadConfig(
    { MONGODB_URI: 'mongodb://127.0.0.1/', WORKOS_WEBHOOK_SECRET: SECRET, ...env },
    'server',
  );
  if ('problems' in config) throw new Error(config.problems.join(' '));
  const app = createApp({
    log: createLog('silent'),
    inbox: {
      accept: () => Promise.resolve('accepted'),
      parkMalformed: () => Promise.resolve('accepted'),
    },
    wake: () => {},
    metrics: createMetrics(),
    secrets: config.webhookSecrets,
    allowedCidrs: config.allowedCidrs,
    trustProxy: config.trustProxy,
    webhook: true,
    adminToken: null,
    database: {} as AppDeps['database'],
    now: Date.now,
    pingDatabase: () => Promise.resolve(),
    workerPresence: () => Promise.resolve('polling'),
  });
  closing.push(() => app.close());
  await app.listen({ host, port: 0 });
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/**
 * A reverse proxy as nginx, Caddy and load balancers are one: passes the bytes on as they came, and
 * appends the address that called it to X-Forwarded-For.
 */
const proxyTo = async (port: number): Promise<number> => {
  const proxy = createServer((incoming, outgoing) => {
    const caller = incoming.socket.remoteAddress ?? '';
    const before = incoming.headers['x-forwarded-for'];
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': before === undefined ? caller : `${String(before)}, ${caller}`,
    };
    const upstream = send(
      { host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(upstream);
  });
  closing.push(() => new Promise((done) => proxy.close(done)));
  await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
  const address = proxy.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Posts a signed event from this machine; answers `received` or the code of the refusal. */
const post = async (
  port: number,
  { host = '127.0.0.1', forwarded }: { host?: string; forwarded?: string } = {},
): Promise<string> => {
  const time = Date.now();
  const mac = createHmac('sha256', SECRET).update(`${time}.${BODY}`).digest('hex');
  const answer = await fetch(`http://${host}:${port}/webhooks/workos`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'workos-signature': `t=${time}, v1=${mac}`,
      ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    },
    body: BODY,
  });
  const { received, error } = JSON.parse(await answer.text());
  if (error !== undefined) expect([error.code, answer.status]).toEqual([error.code, 403]);
  return received === true ? 'received' : error.code;
};

const REFUSED = 'source-not-allowed';

test('A7: without a list everybody may call', async () => {
  expect(await post(await serve({}))).toBe('received');
});

test.each([
  ['its network', '127.0.0.0/8', 'received'],
  ['its address', '127.0.0.1', 'received'],
  ['one of several', '203.0.113.0/24, 127.0.0.0/8', 'received'],
  ['its network in IPv6 words', '::ffff:127.0.0.0/104', 'received'],
  ['another network', '203.0.113.0/24', REFUSED],
  ['all of IPv6', '::/0', REFUSED],
])('A7: an IPv4 sender with %s on the list (%s): %s', async (_what, list, outcome) => {
  expect(await post(await serve({ WEBHOOK_ALLOWED_CIDRS: list }))).toBe(outcome);
});

test.each([
  ['::1', 'received'],
  ['::/64', 'received'],
  ['2001:db8::/32', REFUSED],
  ['0.0.0.0/0', REFUSED],
])('A7: an IPv6 sender with %s on the list: %s', async (list, outcome) => {
  if (!HAS_IPV6) return;
  const port = await serve({ WEBHOOK_ALLOWED_CIDRS: list, HOST: '::1' }, '::1');
  expect(await post(port, { host: '[::1]' })).toBe(outcome);
});

test.each([
  ['127.0.0.0/8', 'received'],
  ['203.0.113.0/24', REFUSED],
])('A7: an IPv4 sender on an IPv6 socket with %s on the list: %s', async (list, outcome) => {
  if (!HAS_IPV6) return;
  const port = await serve({ WEBHOOK_ALLOWED_CIDRS: list }, '::');
  expect(await post(port)).toBe(outcome);
});

test.each(['203.0.113.7', '203.0.113.7, 203.0.113.8', '127.0.0.1', 'unknown'])(
  'A7: X-Forwarded-For %s changes nothing where no proxy is trusted',
  async (forwarded) => {
    const list = { WEBHOOK_ALLOWED_CIDRS: '203.0.113.0/24' };
    expect(await post(await serve(list), { forwarded })).toBe(REFUSED);
    expect(await post(await serve({ WEBHOOK_ALLOWED_CIDRS: '127.0.0.1' }), { forwarded })).toBe(
      'received',
    );
  },
);

test.each([
  ['1', 'the sender', '203.0.113.7', 'received'],
  ['1', 'a sender with its port', '203.0.113.7:50123', 'received'],
  ['1', 'an IPv6 sender', '2001:db8::7', 'received'],
  ['1', 'an IPv6 sender with its port', '[2001:db8::7]:50123', 'received'],
  ['1', 'an IPv4 sender in IPv6 words', '::ffff:203.0.113.7', 'received'],
  ['1', 'another sender', '198.51.100.1', REFUSED],
  ['1', 'a forged one before the sender', '203.0.113.7, 198.51.100.1', REFUSED],
  ['1', 'nonsense', 'unknown', REFUSED],
  ['1', 'a number that some libraries read as an address', '3405803783', REFUSED],
  ['2', 'the sender and one proxy', '203.0.113.7, 10.0.0.1', 'received'],
  ['2', 'a forged one, the sender and one proxy', '203.0.113.7, 198.51.100.1, 10.0.0.1', REFUSED],
  ['2', 'only the sender: one proxy was passed by', '203.0.113.7', 'received'],
  ['127.0.0.1', 'the sender', '203.0.113.7', 'received'],
  ['127.0.0.1', 'a forged one before the sender', '203.0.113.7, 198.51.100.1', REFUSED],
  ['127.0.0.1,10.0.0.0/8', 'the sender and one proxy', '203.0.113.7, 10.0.0.1', 'received'],
  ['127.0.0.1,10.0.0.0/8', 'a forged proxy', '203.0.113.7, 11.0.0.1', REFUSED],
  ['10.0.0.0/8', 'the sender, told by nobody who is trusted', '203.0.113.7', REFUSED],
])('A7: behind TRUST_PROXY=%s, %s (%s): %s', async (trust, _what, forwarded, outcome) => {
  const list = '203.0.113.0/24,2001:db8::/32';
  const port = await serve({ WEBHOOK_ALLOWED_CIDRS: list, TRUST_PROXY: trust });
  expect(await post(port, { forwarded })).toBe(outcome);
});

test('A7: the signed bytes pass one real proxy and two, and the list sees who called the first', async () => {
  const list = { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1' };
  const one = await proxyTo(await serve({ ...list, TRUST_PROXY: '1' }));
  expect(await post(one)).toBe('received');
  expect(await post(one, { forwarded: '203.0.113.7' })).toBe('received');
  const two = await proxyTo(await proxyTo(await serve({ ...list, TRUST_PROXY: '2' })));
  expect(await post(two)).toBe('received');

  const far = { WEBHOOK_ALLOWED_CIDRS: '203.0.113.0/24' };
  const forging = { forwarded: '203.0.113.7' };
  expect(await post(await proxyTo(await serve({ ...far, TRUST_PROXY: '1' })), forging)).toBe(
    REFUSED,
  );
  // One hop more than there are proxies believes the sender itself.
  expect(await post(await proxyTo(await serve({ ...far, TRUST_PROXY: '2' })), forging)).toBe(
    'received',
  );
});

test('A7: other routes are open to all sources', async () => {
  const port = await serve({ WEBHOOK_ALLOWED_CIDRS: '203.0.113.0/24' });
  expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
});
