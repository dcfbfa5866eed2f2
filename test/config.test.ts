import { expect, test } from '@jest/globals';
import { AUDIT_TYPES } from '../src/domain/effect.ts';
import { NO_SUBSCRIPTIONS } from '../src/domain/subscriptions.ts';
import { describeProblems, loadConfig } from '../src/config.ts';

const complete = {
  MONGODB_URI: 'mongodb://user:pass@a:1,b:2/app?replicaSet=rs0',
  WORKOS_WEBHOOK_SECRET: 'one, two',
  WORKOS_API_KEY: 'sk_test',
};

const problemsOf = (env: NodeJS.ProcessEnv, need: 'server' | 'worker' | 'client') => {
  const loaded = loadConfig(env, need);
  return 'problems' in loaded ? loaded.problems : [];
};

test('a complete environment gives the defaults of the design', () => {
  expect(loadConfig(complete, 'server')).toMatchObject({
    mongodbUri: complete.MONGODB_URI,
    webhookSecrets: ['one', 'two'],
    workosApiUrl: 'https://api.workos.com',
    intake: { webhook: true, poll: true },
    pollIntervalMs: 5000,
    taskQueue: 'directory-sync',
    host: '127.0.0.1',
    loopback: true,
    port: 3000,
    trustProxy: false,
    allowedCidrs: [],
    adminToken: null,
    logLevel: 'info',
    eventPayloadDays: 30,
    dataDir: '.local',
  });
});

test('every wrong key is named at once, and no value is repeated', () => {
  const wrong = {
    WORKOS_API_URL: 'ftp://hidden',
    WORKOS_WEBHOOK_SECRET: 'hidden1,hidden2,hidden3',
    INTAKE: 'hidden',
    POLL_INTERVAL_MS: 'hidden',
    MONGODB_URI: 'http://hidden',
    HOST: '0.0.0.0',
    PORT: '70000',
    TRUST_PROXY: 'true',
    WEBHOOK_ALLOWED_CIDRS: '10.0.0.0/8,hidden',
    SMTP_URL: 'hidden',
    APP_WEBHOOK_URL: 'https://hidden',
    DATADOG_LOGS_URL: 'hidden',
    LOG_LEVEL: 'hidden',
    EVENT_PAYLOAD_DAYS: '-1',
  };
  const problems = problemsOf(wrong, 'server');
  const { HOST: _allowed, APP_WEBHOOK_URL: _valid, ...keys } = wrong;
  for (const key of [...Object.keys(keys), 'ADMIN_TOKEN', 'APP_WEBHOOK_SECRET']) {
    expect(problems.filter((problem) => problem.startsWith(`${key} `))).toHaveLength(1);
  }
  expect(describeProblems(problems)).not.toMatch(/hidden|70000/);
});

test('each process requires only what it needs', () => {
  expect(problemsOf({}, 'client')).toEqual([]);
  expect(problemsOf({}, 'server').map((problem) => problem.split(' ')[0])).toEqual([
    'WORKOS_WEBHOOK_SECRET',
    'MONGODB_URI',
  ]);
  expect(problemsOf({}, 'worker').map((problem) => problem.split(' ')[0])).toEqual([
    'WORKOS_API_KEY',
    'MONGODB_URI',
  ]);
  expect(problemsOf({ MONGODB_URI: 'mongodb://a', INTAKE: 'poll' }, 'server')).toEqual([]);
});

test.each([
  ['1', 1],
  ['0', false],
  ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
])('TRUST_PROXY %s is read', (value, expected) => {
  expect(loadConfig({ ...complete, TRUST_PROXY: value }, 'server')).toMatchObject({
    trustProxy: expected,
  });
});

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

test('a webhook to the application tells all types, or those that are named', () => {
  const app = { APP_WEBHOOK_URL: 'https://app.example', APP_WEBHOOK_SECRET: `${SECRET},${SECRET}` };
  const all = loadConfig(app, 'client');
  expect('problems' in all ? all : all.subscriptions.webhook.size).toBe(AUDIT_TYPES.length);
  expect(
    loadConfig({ ...app, APP_WEBHOOK_TYPES: 'user.updated, user.deprovisioned' }, 'client'),
  ).toMatchObject({
    appWebhook: { url: 'https://app.example', secrets: [SECRET, SECRET] },
    subscriptions: { webhook: new Set(['user.updated', 'user.deprovisioned']), streams: [] },
  });
  expect(loadConfig({}, 'client')).toMatchObject({
    appWebhook: null,
    subscriptions: NO_SUBSCRIPTIONS,
  });
});

test.each([
  [{ APP_WEBHOOK_URL: 'https://a', APP_WEBHOOK_SECRET: 'hidden' }, 'APP_WEBHOOK_SECRET'],
  [{ APP_WEBHOOK_URL: 'https://a', APP_WEBHOOK_SECRET: 'whsec_aGlkZGVu' }, 'APP_WEBHOOK_SECRET'],
  [{ APP_WEBHOOK_URL: 'https://hidden:x@a', APP_WEBHOOK_SECRET: SECRET }, 'APP_WEBHOOK_URL'],
  [{ APP_WEBHOOK_TYPES: 'user.hidden' }, 'APP_WEBHOOK_TYPES'],
  [{ DATADOG_SITE: 'hid den', DATADOG_API_KEY: 'k' }, 'DATADOG_SITE'],
  [{ DATADOG_SITE: 'datadoghq.eu' }, 'DATADOG_API_KEY'],
  [{ DATADOG_TAGS: 'hidden' }, 'DATADOG_TAGS'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  ],
])('%j is refused in one sentence about %s', (env, key) => {
  const problems = problemsOf(env, 'client');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${key} [^\\n]+\\.$`));
  expect(problems[0]).not.toMatch(/hidden|hid den|aGlkZGVu/);
});

test.each([
  [{}, 'https://http-intake.logs.datadoghq.com/api/v2/logs'],
  [{ DATADOG_SITE: 'us5.datadoghq.com' }, 'https://http-intake.logs.us5.datadoghq.com/api/v2/logs'],
  [{ DATADOG_LOGS_URL: 'http://127.0.0.1:9' }, 'http://127.0.0.1:9/api/v2/logs'],
  [{ DATADOG_LOGS_URL: 'https://proxy/in?a=b' }, 'https://proxy/in?a=b'],
])('Datadog with %j is reached at %s', (env, url) => {
  expect(loadConfig({ DATADOG_API_KEY: 'k', ...env }, 'client')).toMatchObject({
    datadog: { url },
    subscriptions: { streams: ['datadog'] },
  });
});

test('OpenTelemetry is on where an endpoint is set and it is not disabled', () => {
  const on = { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://c:4318/v1/logs' };
  const json = { ...on, OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json' };
  expect(loadConfig(on, 'client')).toMatchObject({ otel: { protocol: 'http/protobuf' } });
  expect(loadConfig(json, 'client')).toMatchObject({ otel: { protocol: 'http/json' } });
  expect(loadConfig({ ...on, OTEL_SDK_DISABLED: 'true' }, 'client')).toMatchObject({ otel: null });
});

test.each(['127.0.0.1', '::1', '[::1]', 'localhost', '127.8.8.8'])(
  'HOST %s needs no ADMIN_TOKEN',
  (host) => {
    expect(problemsOf({ ...complete, HOST: host }, 'server')).toEqual([]);
  },
);
