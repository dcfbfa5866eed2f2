import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { installOnce } from '../../src/local/install-once.ts';
import { runBounded } from '../../src/local/run-bounded.ts';
import { spawnedNode, temporaryFolder } from '../support/spawned-node.ts';

const fillWith =
  (content: string) =>
  async (scratch: string): Promise<void> => {
    await mkdir(join(scratch, 'bin'));
    await writeFile(join(scratch, 'bin', 'tool'), content, { mode: 0o755 });
  };

test('two that install at once both end with one good tool', async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, 'tools', 'tool-1');
  const install = (content: string): Promise<string> =>
    installOnce({ target, executable: 'bin/tool', fill: fillWith(content) });
  const paths = await Promise.all([install('same'), install('same')]);

  expect(paths).toEqual([join(target, 'bin', 'tool'), join(target, 'bin', 'tool')]);
  expect(await readFile(join(target, 'bin', 'tool'), 'utf8')).toBe('same');
  expect(await readdir(join(folder.path, 'tools'))).toEqual(['tool-1']);
});

test('an installation that fails leaves nothing behind', async () => {
  await using folder = await temporaryFolder();
  const install = installOnce({
    target: join(folder.path, 'tool-1'),
    executable: 'bin/tool',
    fill: () => Promise.reject(new Error('the line broke')),
  });
  await expect(install).rejects.toThrow('the line broke');
  expect(await readdir(folder.path)).toEqual([]);
});

test('what a killed installation left is removed, what a running one fills is not', async () => {
  await using folder = await temporaryFolder();
  const killed = spawnedNode("console.log('up')");
  await killed[Symbol.asyncDispose]();
  const abandoned = `.scratch-${killed.process.pid}-aa`;
  const inUse = `.scratch-${process.pid}-bb`;
  await mkdir(join(folder.path, abandoned));
  await mkdir(join(folder.path, inUse));
  await installOnce({
    target: join(folder.path, 'tool-1'),
    executable: 'bin/tool',
    fill: fillWith('good'),
  });
  expect((await readdir(folder.path)).toSorted()).toEqual([inUse, 'tool-1']);
});

test('a tool that is there is not installed again', async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, 'tool-1');
  await installOnce({ target, executable: 'bin/tool', fill: fillWith('first') });
  await installOnce({ target, executable: 'bin/tool', fill: fillWith('second') });
  expect(await readFile(join(target, 'bin', 'tool'), 'utf8')).toBe('first');
});

test('a step that answers nothing is given up', async () => {
  await using folder = await temporaryFolder();
  const step = runBounded({
    command: process.execPath,
    args: ['--eval', 'setInterval(() => {}, 1000)'],
    workDir: folder.path,
    timeoutMs: 60_000,
    silenceMs: 300,
  });
  await expect(step).rejects.toThrow('It printed nothing for 0.3 s.');
});
