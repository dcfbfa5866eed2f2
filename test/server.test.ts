import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { openDatabase } from '../src/store/database.ts';
import type { EventDocument } from '../src/store/documents.ts';
import { testDatabase } from './support/servers.ts';

const SERVER = fileURLToPath(new URL('../src/server.ts', import.meta.url));

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const startServer = (env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const output = { text: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  return { child, output };
};

test('a wrong configuration stops the server with every wrong key', async () => {
  const { child, output } = startServer({ PORT: 'x', INTAKE: 'y' });
  expect(await once(child, 'exit')).toEqual([1, null]);
  for (const key of ['PORT', 'INTAKE', 'MONGODB_URI']) expect(output.text).toContain(`- ${key} `);
  expect(output.text).not.toMatch(/\s+at /);
});

test('the server starts with MongoDB and Temporal away, and stops when told to', async () => {
  const { child, output } = startServer({
    PORT: '0',
    MONGODB_URI: 'mongodb://127.0.0.1:9/?directConnection=true',
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    WORKOS_WEBHOOK_SECRET: 'secret',
  });
  while (!output.text.includes('The server listens')) await once(child.stdout, 'data');
  const [, address = ''] = /"address":"([^"]+)"/.exec(output.text) ?? [];
  expect((await fetch(`${address}/health/live`)).status).toBe(200);
  const ready = await fetch(`${address}/health/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ missing: ['mongodb', 'temporal', 'worker'] });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a server that starts removes old payloads at once', async () => {
  await using own = await testDatabase('server-expiry');
  const database = openDatabase(own.uri);
  const old = new Date('2026-01-01T00:00:00Z');
  const event: EventDocument = {
    _id: 'event_1',
    directoryId: 'directory_1',
    type: 'dsync.user.updated',
    createdAt: old,
    receivedAt: old,
    via: 'webhook',
    status: 'applied',
    settledAt: old,
    attempts: 1,
    error: null,
    payload: { id: 'event_1' },
  };
  await database.events.insertOne(event);
  const { child } = startServer({
    PORT: '0',
    MONGODB_URI: own.uri,
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    WORKOS_WEBHOOK_SECRET: 'secret',
  });
  while ((await database.events.findOne({ _id: 'event_1' }))?.payload !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 50));
  await database.client.close();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 60_000);
