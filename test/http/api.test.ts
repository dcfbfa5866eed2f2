import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createApp, type AppDeps } from '../../src/http/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createLog } from '../../src/log.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { at, DIRECTORY, group, person, syncedDirectory } from '../activities/synced-directory.ts';

type Synced = Awaited<ReturnType<typeof syncedDirectory>>;
let synced: Synced;
const opened: FastifyInstance[] = [];

const ada = {
  ...person('user_1'),
  first_name: 'Ada',
  last_name: 'Lovelace',
  username: 'ada.l',
  idp_id: 'ada-at-idp',
  custom_attributes: { job_title: 'Countess' },
  raw_attributes: { phone: '+44 20 7946 0000' },
};

beforeAll(async () => {
  synced = await syncedDirectory('api');
  synced.clock.now = at(100);
  await synced.accept('dsync.user.created', 1, ada);
  await synced.accept('dsync.user.created', 2, person('user_2'));
  await synced.accept('dsync.group.created', 3, group('group_1'));
  for (const [second, user] of [
    [4, ada],
    [5, person('user_2')],
  ] as const) {
    await synced.accept('dsync.group.user_added', second, {
      directory_id: DIRECTORY,
      user,
      group: group('group_1'),
    });
  }
  await synced.accept('dsync.user.created', 6, { directory_id: DIRECTORY, id: 7 });
  await synced.drain();
}, 60_000);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.close()));
});

afterAll(async () => {
  await synced[Symbol.asyncDispose]();
});

const start = async (deps: Partial<AppDeps> = {}): Promise<string> => {
  const { database } = synced;
  const app = createApp({
    log: createLog('silent'),
    inbox: createInbox({ database, now: () => new Date() }),
    wake: () => {},
    metrics: createMetrics(),
    secrets: ['secret'],
    allowedCidrs: [],
    trustProxy: false,
    webhook: true,
    adminToken: 'token',
    database,
    now: () => at(200).getTime(),
    pingDatabase: () => Promise.resolve(),
    workerPresence: () => Promise.resolve('polling'),
    ...deps,
  });
  opened.push(app);
  return app.listen({ host: '127.0.0.1', port: 0 });
};

const authorized = { authorization: 'Bearer token' };
const get = async (server: string, path: string, headers: Record<string, string> = authorized) => {
  const answer = await fetch(`${server}/api/v1${path}`, { headers });
  // Parsed here: what fetch parses is of another realm in Jest, and never strictly equal to ours.
  return { status: answer.status, body: JSON.parse(await answer.text()), headers: answer.headers };
};
const refusal = (code: string) => ({ error: { code, message: expect.any(String) } });

const PATHS = [
  '',
  '/',
  '/directories',
  `/directories/${DIRECTORY}`,
  `/directories/${DIRECTORY}/stats`,
  '/stats',
  '/events',
  '/users/user_1',
  '/groups/group_1',
];

test.each(PATHS)('D4: %s is answered to the token and to nobody else', async (path) => {
  const server = await start();
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'token' }]) {
    const refused = await get(server, path, headers);
    expect([refused.status, refused.body]).toEqual([401, refusal('unauthorized')]);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  }
  const answer = await get(server, path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test.each(PATHS)('X13: %s says nothing of a person but ids', async (path) => {
  const { body } = await get(await start(), path);
  const text = JSON.stringify(body);
  for (const personal of ['Ada', 'Lovelace', 'ada.l', 'ada-at-idp', 'Countess', '7946', '@']) {
    expect(text).not.toContain(personal);
  }
});

test('the address of the API itself, with and without a slash, names the routes', async () => {
  const server = await start();
  const routes = [
    '',
    '/directories',
    '/directories/:id',
    '/directories/:id/stats',
    '/events',
    '/groups/:id',
    '/stats',
    '/users/:id',
  ].map((path) => `GET /api/v1${path}`);
  expect((await get(server, '')).body).toEqual({ routes });
  expect((await get(server, '/')).body).toEqual({ routes });
  expect((await get(server, '?all=1')).status).toBe(400);
});

test('without a token only this machine is answered, asked directly by its own name', async () => {
  const server = await start({ adminToken: null });
  expect((await get(server, '/directories', {})).status).toBe(200);
  const { port } = new URL(server);
  expect((await get(`http://localhost:${port}`, '/directories', {})).status).toBe(200);
  const forwarded = await get(server, '/directories', { 'x-forwarded-for': '203.0.113.7' });
  expect([forwarded.status, forwarded.body]).toEqual([403, refusal('local-only')]);
  const app = opened.at(-1);
  for (const host of ['sync.example.com', '127.0.0.1.example.com', '10.0.0.1']) {
    for (const url of ['/api/v1/directories', '/metrics']) {
      const answer = await app?.inject({ url, headers: { host } });
      expect([host, answer?.statusCode]).toEqual([host, 403]);
    }
  }
});

test('D4: a directory tells its state, counts and lag', async () => {
  const server = await start();
  const { body } = await get(server, `/directories/${DIRECTORY}`);
  expect(body).toEqual({
    id: DIRECTORY,
    name: null,
    organizationId: null,
    type: null,
    state: 'linked',
    syncStatus: 'pending',
    enabled: 2,
    people: 2,
    groups: 1,
    pending: 0,
    parked: 1,
    oldestPendingAt: null,
    lagMs: 0,
    lastEventAt: at(6).toISOString(),
    lastAppliedAt: at(100).toISOString(),
    lastSyncedAt: null,
    heldRemovals: 0,
    attention: null,
  });
  expect((await get(server, '/directories')).body).toEqual({ directories: [body], next: null });
});

test('D5: statistics come by directory and type, with their sum', async () => {
  const server = await start();
  const { body } = await get(server, `/directories/${DIRECTORY}/stats?days=7`);
  expect(body).toMatchObject({
    directory: DIRECTORY,
    days: 7,
    since: '2025-12-26T00:00:00.000Z',
    events: [
      { type: 'dsync.group.created', received: 1, applied: 1 },
      { type: 'dsync.group.user_added', received: 2, applied: 2, lagMs: { p50: 1, p99: 1 } },
      { type: 'dsync.user.created', received: 3, applied: 2, parked: 1, ignored: 0, pending: 0 },
    ],
    changes: expect.arrayContaining([{ type: 'user.provisioned', count: 2 }]),
  });
  expect(body.daily.at(-1)).toEqual({ day: '2026-01-01', applied: 5 });
  const all = (await get(server, '/stats?days=7')).body;
  expect(all).toMatchObject({
    total: { events: body.events, daily: body.daily },
    directories: [{ directory: DIRECTORY, events: body.events }],
    next: null,
  });
});

test('events come page by page, with filters and without what they say', async () => {
  const server = await start();
  const ids: string[] = [];
  let path = '/events?limit=4';
  for (let page = 0; page < 3 && path !== ''; page += 1) {
    const { body } = await get(server, path);
    ids.push(...body.events.map(({ id }: { id: string }) => id));
    path = body.next === null ? '' : `/events?limit=4&cursor=${body.next}`;
  }
  expect(ids).toEqual([6, 5, 4, 3, 2, 1].map((second) => `event_${second}`));
  const parked = await get(server, `/events?directory=${DIRECTORY}&status=parked`);
  expect(parked.body).toEqual({
    events: [
      {
        id: 'event_6',
        directoryId: DIRECTORY,
        type: 'dsync.user.created',
        createdAt: at(6).toISOString(),
        receivedAt: at(100).toISOString(),
        via: 'webhook',
        status: 'parked',
        settledAt: at(100).toISOString(),
        attempts: 1,
        error: expect.stringMatching(/^payload-invalid: /),
      },
    ],
    next: null,
  });
});

test('a person is found by either id, with groups and access', async () => {
  const server = await start();
  const { body } = await get(server, '/users/user_1');
  expect(body).toMatchObject({
    id: 'user_1',
    directoryUserId: 'user_1',
    directoryId: DIRECTORY,
    state: 'active',
    enabled: true,
    groups: ['group_1'],
    roles: [],
    deletedAt: null,
    legalHold: false,
    held: null,
  });
});

test('a group comes with its people, page by page', async () => {
  const server = await start();
  const first = (await get(server, '/groups/group_1?limit=1')).body;
  expect(first).toEqual({
    id: 'group_1',
    directoryId: DIRECTORY,
    organizationId: null,
    name: 'group_1',
    deletedAt: null,
    memberCount: 2,
    members: [{ directoryUserId: 'user_1', userId: 'user_1' }],
    next: expect.any(String),
  });
  const second = (await get(server, `/groups/group_1?limit=1&cursor=${first.next}`)).body;
  expect([second.members, second.next]).toEqual([
    [{ directoryUserId: 'user_2', userId: 'user_2' }],
    null,
  ]);
});

test.each([
  ['/directories/directory_unknown', 404, 'not-found', /./],
  ['/directories/directory_unknown/stats', 404, 'not-found', /./],
  ['/users/nobody', 404, 'not-found', /./],
  ['/groups/none', 404, 'not-found', /./],
  ['/nothing', 404, 'not-found', /./],
  ['/events?limit=0', 400, 'bad-request', /limit must be >= 1/],
  ['/events?limit=101', 400, 'bad-request', /limit must be <= 100/],
  ['/events?limit=many', 400, 'bad-request', /limit must be integer/],
  [
    '/events?status=lost',
    400,
    'bad-request',
    /status must be one of pending, applied, ignored, parked/,
  ],
  ['/events?cursor=nonsense', 400, 'bad-request', /cursor/],
  ['/events?unknown=1', 400, 'bad-request', /not known here/],
  ['/events?limit=1&limit=2', 400, 'bad-request', /limit/],
  ['/directories?cursor=WzFd', 400, 'bad-request', /cursor/],
  ['/groups/group_1?cursor=nonsense', 400, 'bad-request', /cursor/],
  ['/stats?days=367', 400, 'bad-request', /days must be <= 366/],
  [`/directories/${DIRECTORY}/stats?days=0`, 400, 'bad-request', /days must be >= 1/],
])('%s is refused in one sentence', async (path, status, code, message) => {
  const { body, status: answered } = await get(await start(), path);
  expect([answered, body.error.code]).toEqual([status, code]);
  expect(body.error.message).toMatch(message);
  expect(body.error.message).not.toMatch(/nonsense|many|unknown|lost/);
});

test('a database that is away is 503', async () => {
  const away = { ...synced.database };
  const broken = Object.assign(new Error('gone'), { name: 'MongoNetworkError' });
  Object.assign(away, { users: { findOne: () => Promise.reject(broken) } });
  const { status, body } = await get(await start({ database: away }), '/users/user_1');
  expect([status, body]).toEqual([503, refusal('database-unavailable')]);
});
