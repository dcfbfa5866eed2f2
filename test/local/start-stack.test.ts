import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkOS } from '@workos-inc/node';
import { expect, test } from '@jest/globals';
import { createLineup, type Lineup } from '../../src/local/lineup.ts';
import { silent } from '../../src/local/progress.ts';
import { becomes, isAlive } from '../../src/local/process-table.ts';
import type { StackEnvironment } from '../../src/local/stack-file.ts';
import { startStack } from '../../src/local/start-stack.ts';
import { temporalAddress, testDatabase } from '../support/servers.ts';
import { temporaryFolder } from '../support/spawned-node.ts';

const server = `
import { createServer } from 'node:http';
createServer((request, response) => response.end(JSON.stringify(process.env)))
  .listen(Number(process.env.PORT), process.env.HOST);`;
const worker = 'setInterval(() => {}, 1000);';
const simulator = fileURLToPath(new URL('../../src/simulator.ts', import.meta.url));

const workosAt = (url: string, key: string): WorkOS => {
  const { hostname, port } = new URL(url);
  return new WorkOS({ apiKey: key, apiHostname: hostname, port: Number(port), https: false });
};

async function startIn(folder: string, lineup: Lineup, script = worker): Promise<StackEnvironment> {
  await using database = await testDatabase('start_stack');
  const scripts = {
    server: join(folder, 'server.mjs'),
    worker: join(folder, 'worker.mjs'),
    simulator,
  };
  await writeFile(scripts.server, server);
  await writeFile(scripts.worker, script);
  return startStack({
    env: {
      PATH: process.env['PATH'],
      MONGODB_URI: database.uri,
      TEMPORAL_ADDRESS: temporalAddress(),
    },
    dataDir: folder,
    scripts,
    workosAt,
    progress: silent,
    onLine: () => {},
    lineup,
  });
}

test('server and worker are told where everything is, the endpoint is registered once', async () => {
  await using folder = await temporaryFolder();
  const first = createLineup();
  const stack = await startIn(folder.path, first);
  const answer = await fetch(`http://${stack.HOST}:${stack.PORT}/health/ready`);
  const { SIMULATOR_URL: _url, ...needed } = stack;
  expect(await answer.json()).toMatchObject({ ...needed, LOCAL_DATA_DIR: folder.path });
  await first.stop();

  const second = createLineup();
  const again = await startIn(folder.path, second);
  const { webhooks } = workosAt(again.WORKOS_API_URL, again.WORKOS_API_KEY);
  const endpoints = await webhooks.listWebhookEndpoints();
  expect(endpoints.data.map(({ endpointUrl, secret }) => ({ endpointUrl, secret }))).toEqual([
    {
      endpointUrl: `http://127.0.0.1:${again.PORT}/webhooks/workos`,
      secret: stack.WORKOS_WEBHOOK_SECRET,
    },
  ]);
  await second.stop();
});

test('a worker that keeps dying ends the stack with a sentence and its last lines', async () => {
  await using folder = await temporaryFolder();
  const lineup = createLineup();
  const dying = "console.error('out of luck'); process.exit(3);";
  await startIn(folder.path, lineup, dying).catch(() => {});
  expect(await becomes(() => lineup.signal.aborted, 20_000)).toBe(true);
  expect(lineup.signal.reason).toHaveProperty(
    'message',
    'The worker ended unexpectedly (exit code 3).\n  out of luck',
  );
  const pid = Number(await readFile(join(folder.path, 'run', 'simulator.pid'), 'utf8'));
  await lineup.stop();
  expect(isAlive(pid)).toBe(false);
});
