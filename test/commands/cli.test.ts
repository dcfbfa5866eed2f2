import { expect, test } from '@jest/globals';
import { newDirectory } from '../../src/store/new-directory.ts';
import { directoryId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import type { UserDocument } from '../../src/store/documents.ts';
import { temporalAddress, testDatabase } from '../support/servers.ts';
import { dsync } from './dsync.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

const person: UserDocument = {
  _id: 'account_1',
  directoryUserId: 'directory_user_1',
  directoryId: 'directory_1',
  organizationId: 'org_1',
  idpId: 'idp_1',
  email: 'Ada@example.com',
  emails: [],
  username: null,
  firstName: 'Ada',
  lastName: 'L',
  state: 'active',
  enabled: true,
  attributes: {},
  customAttributes: {},
  rawAttributes: {},
  roles: [],
  sessionsRevokedAt: null,
  deletedAt: null,
  deletionReason: null,
  hardDeleteAt: null,
  legalHold: false,
  held: null,
  createdAt: NOW,
  updatedAt: NOW,
  sync: {
    alive: null,
    deletions: [],
    content: null,
    listed: null,
    readAfter: null,
    owesRead: false,
    readAt: null,
    readAttempts: 0,
    ending: false,
    rev: 0,
    welcomed: true,
    contentState: 'active',
  },
};

test('status and user show print what stands in the database, for people and as JSON', async () => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase('cli-show'));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await database.db.createCollection('users');
  await database.directories.insertOne(newDirectory(directoryId('directory_1')));
  await database.users.insertOne(person);
  const env = { MONGODB_URI: uri, TEMPORAL_ADDRESS: temporalAddress(), CI: 'true' };

  const early = await dsync(['status'], env);
  expect([early.code, early.err]).toEqual([0, '']);
  await ensureIndexes(database);
  const shown = await dsync(['status'], env);
  expect([shown.code, shown.err]).toEqual([0, '']);
  expect(shown.out).toMatch(/^directory_1 +linked +pending +1\/1 /m);
  expect(shown.out).not.toContain('\u001B');

  const json = await dsync(['status', 'directory_1', '--json'], env);
  expect(json.code).toBe(0);
  expect(JSON.parse(json.out)).toMatchObject({ id: 'directory_1', people: 1, workflow: null });

  for (const id of ['directory_user_1', 'ada@EXAMPLE.com']) {
    const found = await dsync(['user', 'show', id, '--json'], env);
    expect(JSON.parse(found.out)).toMatchObject({ _id: 'account_1', enabled: true, groups: [] });
  }

  const unknown = await dsync(['user', 'show', 'bob@example.com'], env);
  expect([unknown.code, unknown.out, unknown.err]).toEqual([
    1,
    '',
    'No person has that e-mail address.\n',
  ]);
  for (const args of [['status'], ['resync'], ['pause']]) {
    const refused = await dsync([...args, 'directory_nobody'], env);
    expect([refused.code, refused.err]).toEqual([
      1,
      'No directory directory_nobody is known; `dsync status` lists those that are.\n',
    ]);
  }
  for (const args of [['stats'], ['events', 'list']]) {
    expect((await dsync([...args, '--json'], env)).code).toBe(0);
  }
  const asked = await dsync(
    ['send-test-event', 'dsync.user.deleted', '--user', 'directory_user_1'],
    { ...env, WORKOS_WEBHOOK_SECRET: 'whsec_test' },
  );
  expect(asked.code).toBe(3);
  expect(asked.err).toContain('--yes');
}, 120_000);

test('wrong usage exits 2 and says what is allowed', async () => {
  const type = await dsync(['send-test-event', 'dsync.nothing']);
  expect(type.code).toBe(2);
  expect(type.err).toContain('dsync.user.created');
  expect((await dsync(['nothing'])).code).toBe(2);
  expect((await dsync(['stats', '--days', 'x'])).err).toContain('whole number from 1 to 366');
  expect((await dsync([])).code).toBe(2);
});

test('help exits 0 and has an example', async () => {
  const { code, out } = await dsync(['resync', '--help']);
  expect(code).toBe(0);
  expect(out).toContain('npm run dsync -- resync directory_01ABC --wait');
});

test('a missing or wrong environment is one sentence', async () => {
  const missing = await dsync(['status']);
  expect([missing.code, missing.err]).toEqual([
    1,
    'MONGODB_URI is not set; set it, or run `npm start` in this folder.\n',
  ]);
  const wrong = await dsync(['status'], { PORT: 'x' });
  expect([wrong.code, wrong.err.split('\n')[0]]).toEqual([1, 'The configuration is wrong:']);
  const away = await dsync(['status'], { MONGODB_URI: 'mongodb://127.0.0.1:1/' });
  expect([away.code, away.err]).toEqual([
    1,
    'MongoDB does not answer at MONGODB_URI; is it running? `dsync doctor` checks everything.\n',
  ]);
});

test('the doctor names every check that failed and what to do', async () => {
  const { code, out } = await dsync(['doctor', '--json'], {
    MONGODB_URI: 'mongodb://127.0.0.1:1/',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PORT: '1',
  });
  expect(code).toBe(1);
  const {
    checks,
  }: { checks: { check: string; ok: boolean; found: string; advice: string | null }[] } =
    JSON.parse(out);
  expect(checks.length).toBe(13);
  expect(checks.every(({ ok, advice }) => !ok && advice !== null)).toBe(true);
  // Whether a worker runs is another question than whether Temporal answers.
  expect(checks.find(({ check }) => check === 'worker polls')).toMatchObject({
    found: 'not known: Temporal did not answer in 5 s',
    advice: expect.stringContaining('start Temporal'),
  });
}, 120_000);

test.each([
  ['default', 'no worker polls'],
  ['nowhere', 'not known: Temporal refused to tell'],
])(
  'of the namespace %s the doctor says of workers: %s',
  async (namespace, said) => {
    const { out } = await dsync(['doctor', '--json'], {
      MONGODB_URI: 'mongodb://127.0.0.1:1/',
      TEMPORAL_ADDRESS: temporalAddress(),
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_TASK_QUEUE: 'nobody-polls-here',
      PORT: '1',
    });
    const { checks }: { checks: { check: string; found: string }[] } = JSON.parse(out);
    expect(checks.find(({ check }) => check === 'worker polls')?.found).toBe(said);
  },
  120_000,
);

test('the doctor sees events that wait, also where a worker that hangs still counts as polling', async () => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase('cli-doctor-waits'));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  const applied = async () => {
    const { out } = await dsync(['doctor', '--json'], { MONGODB_URI: uri, PORT: '1' });
    const { checks }: { checks: { check: string; ok: boolean; found: string }[] } = JSON.parse(out);
    return checks.find(({ check }) => check === 'events applied');
  };
  expect(await applied()).toMatchObject({ ok: true, found: 'none waits longer than 30 s' });
  await database.events.insertOne({
    _id: 'event_1',
    directoryId: 'directory_1',
    status: 'pending',
    receivedAt: new Date(Date.now() - 60_000),
  } as never);
  expect(await applied()).toMatchObject({
    ok: false,
    found: 'events of 1 directory wait longer than 30 s',
  });
}, 120_000);

test('every MongoDB check of the doctor passes once the indexes are there, and says what is missing before', async () => {
  await using own = await testDatabase('cli-doctor');
  const database = openDatabase(own.uri);
  const mongodb = async (uri = own.uri) => {
    const { out } = await dsync(['doctor', '--json'], {
      MONGODB_URI: uri,
      TEMPORAL_ADDRESS: temporalAddress(),
      PORT: '1',
    });
    const { checks }: { checks: { check: string; ok: boolean; found: string }[] } = JSON.parse(out);
    return checks.filter(({ check }) => check.startsWith('MongoDB'));
  };
  try {
    expect(await mongodb()).toContainEqual(
      expect.objectContaining({
        check: 'MongoDB indexes',
        ok: false,
        found: expect.stringContaining('events(directoryId, createdAt, _id)'),
      }),
    );
    await ensureIndexes(database);
    const careless = new URL(own.uri);
    careless.searchParams.set('w', '1');
    expect(await mongodb(careless.href)).toContainEqual(
      expect.objectContaining({
        check: 'MongoDB write',
        ok: false,
        found: 'MONGODB_URI asks for w=1, journal=true, so an acknowledged event may be lost',
      }),
    );
    const checks = await mongodb();
    expect(checks.length).toBeGreaterThan(3);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  } finally {
    await database.client.close();
  }
}, 120_000);
