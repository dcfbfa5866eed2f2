import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/local/free-port.ts';
import { startSimulator } from '../../src/simulator/start-simulator.ts';
import { register, startReceiver } from './receiver.ts';
import { callApi, started, until } from './started.ts';

const temporaryFolder = (): { path: string; [Symbol.dispose]: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'simulator-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
};

const ROOT = new URL('../../src/simulator.ts', import.meta.url).pathname;

type Running = { child: ChildProcess; output: () => string };

const run = (...args: string[]): Running => runWith({}, ...args);

const runWith = (env: NodeJS.ProcessEnv, ...args: string[]): Running => {
  const child = spawn(process.execPath, [ROOT, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return { child, output: () => output };
};

const urlOf = async ({ output }: Running): Promise<string> => {
  await until(() => output().includes('\n'));
  return /http:\S+/.exec(output())?.[0] ?? output();
};

const twoHundredSecondsOn = (): number => Date.now() + 200_000;

const ended = async ({ child }: Running): Promise<unknown> => (await once(child, 'exit'))[0];

test('the world survives kill -9, a torn last line and a restart', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'world.jsonl');
  const first = run('--port', '0', '--scenario', 'company', '--data-file', file);
  const url = await urlOf(first);
  await callApi(url, '/_simulator/scenarios/burst', { method: 'POST', body: '{"events":50}' });
  await callApi(url, '/_simulator/knobs', { method: 'PUT', body: '{"retainInactive":true}' });
  const before = await callApi(url, '/_simulator/truth');
  const killed = ended(first);
  first.child.kill('SIGKILL');
  await killed;
  appendFileSync(file, '{"changes":[{"kind":"user","rec');

  await using again = await started({ dataFile: file, scenario: 'company' });
  expect(JSON.parse(JSON.stringify(again.truth()))).toEqual(before.body);
  expect(again.knobs().retainInactive).toBe(true);
  const { events } = again.play('joiner');
  const ids = (await again.call('/events?events=dsync.user.created&limit=100')).body.data;
  expect(ids.at(-1).id).toBe(events[0]?.id);
  await again.close();
  await using third = await started({ dataFile: file });
  expect(third.truth()).toEqual(again.truth());
});

test('webhooks that were not delivered are sent after a restart', async () => {
  using folder = temporaryFolder();
  const dataFile = join(folder.path, 'world.jsonl');
  await using receiver = await startReceiver((_received, tries) => (tries === 1 ? 500 : 200));
  const knobs = { webhookRetryBaseMs: 100_000 };
  const before = await started({ dataFile, knobs });
  await register(before.url, receiver.url);
  before.play('company', { people: 3, groups: 1 });
  const { events } = before.health();
  await until(() => receiver.received.length === events);
  await before.close();
  expect(before.health().webhooks.pending).toBe(events);

  await using after = await started({ dataFile, now: twoHundredSecondsOn });
  await until(() => after.health().webhooks.delivered === events);
  expect(receiver.received).toHaveLength(2 * events);
});

test('a refused list of acts leaves nothing in the data file', async () => {
  using folder = temporaryFolder();
  const dataFile = join(folder.path, 'world.jsonl');
  await using simulator = await started({ dataFile, scenario: 'company' });
  const before = readFileSync(dataFile, 'utf8');
  expect(() =>
    simulator.perform([{ act: 'create-group', name: 'Team' }, { act: 'nothing' }]),
  ).toThrow('Unknown act "nothing"');
  expect(() =>
    simulator.perform([
      { act: 'create-group', name: 'Team' },
      { act: 'delete-user', user: 'x' },
    ]),
  ).toThrow('There is no user "x"');
  expect(readFileSync(dataFile, 'utf8')).toBe(before);
});

test('a damaged data file is named in one sentence', async () => {
  using folder = temporaryFolder();
  const dataFile = join(folder.path, 'world.jsonl');
  writeFileSync(dataFile, 'nonsense\n{"changes":[]}\n');
  await expect(startSimulator({ dataFile })).rejects.toThrow(
    `The data file ${dataFile} is damaged at line 1: move it away to start anew.`,
  );
});

test('the process says where it is, and ends at once when asked', async () => {
  const running = run('--port', '0', '--living', '0.1', '--scenario', 'company');
  const url = await urlOf(running);
  expect(running.output()).toMatch(
    /^WorkOS simulator at http:\/\/127\.0\.0\.1:\d+ \(end it with Ctrl-C\)\n$/,
  );
  const grown = async (): Promise<number> => (await callApi(url, '/_simulator/health')).body.events;
  const first = await grown();
  while ((await grown()) === first) await new Promise((resolve) => setTimeout(resolve, 20));
  const asked = Date.now();
  const exit = ended(running);
  running.child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(Date.now() - asked).toBeLessThan(3_000);
});

test('the environment says where it listens, keeps its world and sends webhooks, as a container has it', async () => {
  using folder = temporaryFolder();
  const port = await freePort();
  const env = {
    HOST: '0.0.0.0',
    PORT: String(port),
    LOCAL_DATA_DIR: folder.path,
    WORKOS_WEBHOOK_SECRET: 'any text, another',
  };
  const running = runWith(env, '--endpoint', 'http://server:3000/webhooks/workos');
  expect(await urlOf(running)).toBe(`http://0.0.0.0:${port}`);
  const { body } = await callApi(`http://127.0.0.1:${port}`, '/webhook_endpoints');
  expect(body.data).toMatchObject([
    { endpoint_url: 'http://server:3000/webhooks/workos', secret: 'any text', status: 'enabled' },
  ]);
  const exit = ended(running);
  running.child.kill('SIGTERM');
  await exit;

  const again = runWith(
    { ...env, HOST: '', PORT: '0', WORKOS_WEBHOOK_SECRET: 'a new one' },
    '--endpoint',
    'http://server:3000/webhooks/workos',
  );
  const url = await urlOf(again);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const kept = (await callApi(url, '/webhook_endpoints')).body.data;
  expect(kept).toMatchObject([{ id: body.data[0].id, secret: 'a new one' }]);
  const end = ended(again);
  again.child.kill('SIGTERM');
  await end;
});

test('an environment that is wrong is named, and an endpoint without a secret is refused', async () => {
  const wrong = runWith({ PORT: 'high' });
  const bare = run('--port', '0', '--endpoint', 'http://server:3000/webhooks/workos');
  expect(await Promise.all([ended(wrong), ended(bare)])).toEqual([1, 2]);
  expect(wrong.output()).toContain('PORT is not valid; it must be a whole number from 0 to 65535.');
  expect(bare.output()).toContain('set WORKOS_WEBHOOK_SECRET');
});

test('wrong arguments exit 2 and a port in use exits 1, each with one sentence', async () => {
  await using simulator = await started();
  const runs = [
    run('--port', 'high'),
    run('--scenario', 'party'),
    run('somewhere'),
    run('--port', String(simulator.port)),
  ];
  const codes = await Promise.all(runs.map((each) => ended(each)));
  expect(codes).toEqual([2, 2, 2, 1]);
  const sentences = runs.map(({ output }) => output());
  expect(sentences[0]).toContain('a whole number from 0 to 65535');
  expect(sentences[1]).toContain('Allowed are company, ');
  expect(sentences[3]).toContain(`Port ${simulator.port} of 127.0.0.1 is in use`);
  expect(sentences.map((text) => text.trim().split('\n').length)).toEqual([1, 1, 1, 1]);
});
