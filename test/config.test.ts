import { expect, test } from '@jest/globals';
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

test.each(['127.0.0.1', '::1', '[::1]', 'localhost', '127.8.8.8'])(
  'HOST %s needs no ADMIN_TOKEN',
  (host) => {
    expect(problemsOf({ ...complete, HOST: host }, 'server')).toEqual([]);
  },
);
