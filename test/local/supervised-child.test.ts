import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { becomes, isAlive } from '../../src/local/process-table.ts';
import { startSupervised } from '../../src/local/supervised-child.ts';
import { spawnedNode, temporaryFolder } from '../support/spawned-node.ts';

const forever = ['--eval', 'setInterval(() => {}, 1000)'];
const module = new URL('../../src/local/supervised-child.ts', import.meta.url).href;

test('a server ends when its parent is killed', async () => {
  await using folder = await temporaryFolder();
  await using parent = spawnedNode(`
    import { startSupervised } from ${JSON.stringify(module)};
    const child = await startSupervised({
      command: process.execPath, args: ${JSON.stringify(forever)},
      pidFile: ${JSON.stringify(join(folder.path, 'pid'))}, output: { onLine() {} } });
    console.log(child.pid);
  `);
  const pid = Number(await parent.firstLine);
  expect(isAlive(pid)).toBe(true);

  parent.process.kill('SIGKILL');

  expect(await becomes(() => !isAlive(pid), 10_000)).toBe(true);
});

test('a server that is deaf to SIGTERM is killed after its grace', async () => {
  await using folder = await temporaryFolder();
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";
  const up = Promise.withResolvers<string>();
  const child = await startSupervised({
    command: process.execPath,
    args: ['--eval', deaf],
    pidFile: join(folder.path, 'pid'),
    output: { onLine: up.resolve },
    graceSeconds: 1,
  });
  await up.promise;
  await child.stop();

  expect(await child.ended).toBe('SIGKILL');
  expect(isAlive(child.pid)).toBe(false);
});

test('the pid file names the server while it runs and is gone afterwards', async () => {
  await using folder = await temporaryFolder();
  const pidFile = join(folder.path, 'run', 'pid');
  const child = await startSupervised({
    command: process.execPath,
    args: forever,
    pidFile,
    output: { file: join(folder.path, 'log') },
  });
  expect(Number(readFileSync(pidFile, 'utf8'))).toBe(child.pid);
  await child.stop();

  expect(() => readFileSync(pidFile)).toThrow('ENOENT');
  expect(await child.ended).toBe('SIGTERM');
});

test('an end unasked is reported with the last lines', async () => {
  await using folder = await temporaryFolder();
  const child = await startSupervised({
    command: process.execPath,
    args: ['--eval', "console.error('no room left'); process.exit(7)"],
    pidFile: join(folder.path, 'pid'),
    output: { file: join(folder.path, 'log') },
  });
  expect(await child.ended).toBe('exit code 7');
  expect(child.lastLines()).toEqual(['no room left']);
});
