import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { temporalAddress, testDatabase } from './support/servers.ts';

const WORKER = fileURLToPath(new URL('../src/worker.ts', import.meta.url));

const endOfWorker = async (env: NodeJS.ProcessEnv): Promise<{ exit: unknown; text: string }> => {
  const child = spawn(process.execPath, [WORKER], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { text: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  const [exit] = await once(child, 'exit');
  return { exit, text: output.text };
};

test('variables of Temporal that do not fit stop the worker with one sentence', async () => {
  const { exit, text } = await endOfWorker({
    MONGODB_URI: 'mongodb://127.0.0.1:9/?directConnection=true',
    WORKOS_API_KEY: 'sk_test',
    TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/client.pem',
    TEMPORAL_TLS_CLIENT_CERT_DATA: 'x',
  });
  expect(exit).toBe(1);
  expect(text).toBe(
    'The configuration is wrong:\n  - TEMPORAL_* variables are not valid together, or name a file that cannot be read.\n',
  );
});

test('a namespace that is not there stops the worker with one sentence', async () => {
  await using own = await testDatabase('worker-namespace');
  const { exit, text } = await endOfWorker({
    MONGODB_URI: own.uri,
    WORKOS_API_KEY: 'sk_test',
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_NAMESPACE: 'nowhere',
  });
  expect(exit).toBe(1);
  expect(text).toContain('check TEMPORAL_NAMESPACE');
  expect(text).not.toMatch(/\s+at /);
}, 60_000);
