import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { endLeftover } from '../../src/local/leftover.ts';
import { isAlive } from '../../src/local/process-table.ts';
import { spawnedNode, temporaryFolder } from '../support/spawned-node.ts';

const source = (marker: string): string =>
  `console.log('up'); setInterval(() => {}, 1000, '${marker}')`;

test('a server that a killed start left is ended', async () => {
  await using folder = await temporaryFolder();
  await using server = spawnedNode(source(folder.path));
  await server.firstLine;
  const pidFile = join(folder.path, 'pid');
  await writeFile(pidFile, `${server.process.pid}\n`);

  expect(await endLeftover({ pidFile, marker: folder.path })).toBe('ended');
  expect(server.process.signalCode ?? 'SIGTERM').toBe('SIGTERM');
  expect(existsSync(pidFile)).toBe(false);
  expect(await endLeftover({ pidFile, marker: folder.path })).toBe('nothing');
});

test('a stranger that got the same process id is left alone', async () => {
  await using folder = await temporaryFolder();
  await using stranger = spawnedNode(source('elsewhere'));
  await stranger.firstLine;
  const pidFile = join(folder.path, 'pid');
  await writeFile(pidFile, String(stranger.process.pid));

  expect(await endLeftover({ pidFile, marker: folder.path })).toBe('nothing');
  expect(isAlive(stranger.process.pid ?? 0)).toBe(true);
});

test('a damaged pid file is removed', async () => {
  await using folder = await temporaryFolder();
  const pidFile = join(folder.path, 'pid');
  await writeFile(pidFile, 'not a number');

  expect(await endLeftover({ pidFile, marker: folder.path })).toBe('nothing');
  expect(existsSync(pidFile)).toBe(false);
});
