import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  readLocalStack,
  removeLocalStack,
  writeLocalStack,
  type StackEnvironment,
} from '../../src/local/stack-file.ts';
import { takeStackLock } from '../../src/local/stack-lock.ts';
import { chooseStackPorts } from '../../src/local/stack-ports.ts';
import { spawnedNode, temporaryFolder } from '../support/spawned-node.ts';

const stack: StackEnvironment = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017/directory_sync',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  TEMPORAL_NAMESPACE: 'default',
  WORKOS_API_URL: 'http://127.0.0.1:4010',
  WORKOS_API_KEY: 'sk_test',
  HOST: '127.0.0.1',
  PORT: '3000',
};
const lockModule = new URL('../../src/local/stack-lock.ts', import.meta.url).href;
const fileModule = new URL('../../src/local/stack-file.ts', import.meta.url).href;

test('stack.json tells its owner alone where the running stack is', async () => {
  await using folder = await temporaryFolder();
  expect(await readLocalStack(folder.path)).toBeUndefined();
  await writeLocalStack(folder.path, stack);
  expect(await readLocalStack(folder.path)).toEqual(stack);
  expect((await stat(join(folder.path, 'stack.json'))).mode & 0o777).toBe(0o600);
  await removeLocalStack(folder.path);
  expect(await readLocalStack(folder.path)).toBeUndefined();
});

test('stack.json of a killed start counts for nothing', async () => {
  await using folder = await temporaryFolder();
  const killed = spawnedNode(`
    import { writeLocalStack } from ${JSON.stringify(fileModule)};
    await writeLocalStack(${JSON.stringify(folder.path)}, ${JSON.stringify(stack)});
    console.log('written'); setInterval(() => {}, 1000);
  `);
  await killed.firstLine;
  expect(await readLocalStack(folder.path)).toEqual(stack);
  await killed[Symbol.asyncDispose]();
  expect(await readLocalStack(folder.path)).toBeUndefined();
});

test('a damaged stack.json counts for nothing', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'stack.json'), '{"pid":');
  expect(await readLocalStack(folder.path)).toBeUndefined();
});

test('of many starts with one data folder a single one holds it, until it lets go', async () => {
  await using folder = await temporaryFolder();
  const takes = await Promise.all(Array.from({ length: 10 }, () => takeStackLock(folder.path)));
  const held = takes.filter((take) => 'release' in take);
  expect(held).toHaveLength(1);
  expect(takes.filter((take) => 'heldBy' in take)[0]).toEqual({ heldBy: process.pid });
  for (const lock of held) await lock.release();
  expect(await takeStackLock(folder.path)).toHaveProperty('release');
});

test('a killed start no longer holds the data folder, and one successor gets it', async () => {
  await using folder = await temporaryFolder();
  const killed = spawnedNode(`
    import { takeStackLock } from ${JSON.stringify(lockModule)};
    await takeStackLock(${JSON.stringify(folder.path)});
    console.log('taken'); setInterval(() => {}, 1000);
  `);
  await killed.firstLine;
  expect(await takeStackLock(folder.path)).toEqual({ heldBy: killed.process.pid });
  await killed[Symbol.asyncDispose]();
  const takes = await Promise.all(Array.from({ length: 10 }, () => takeStackLock(folder.path)));
  expect(takes.filter((take) => 'release' in take)).toHaveLength(1);
});

test('ports stay the same from start to start, and a taken one is replaced', async () => {
  await using folder = await temporaryFolder();
  const first = await chooseStackPorts({ dataDir: folder.path, serverPort: 0 });
  expect(await chooseStackPorts({ dataDir: folder.path, serverPort: undefined })).toEqual(first);

  await using taken = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  taken.listen(first.server, '127.0.0.1', resolve);
  await promise;
  const next = await chooseStackPorts({ dataDir: folder.path, serverPort: undefined });
  expect(next).toEqual({ ...first, server: expect.any(Number) });
  expect(next.server).not.toBe(first.server);

  await expect(
    chooseStackPorts({ dataDir: folder.path, serverPort: first.server }),
  ).rejects.toThrow(
    `PORT is ${first.server}, which another program is using; set PORT to a free port or end that program.`,
  );
});
