import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
const RULES = [
  'eslint(no-restricted-imports)',
  'eslint(no-restricted-globals)',
  'eslint(no-restricted-properties)',
  'node(no-process-env)',
  'unicorn(no-process-exit)',
];

/** Lints the files by the project's own rules; answers those that one of the fence's rules refused. */
const refused = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'fence-'));
  try {
    const config: object = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8'));
    // The fence needs no types, and the planted imports lead nowhere.
    const untyped = JSON.stringify({ ...config, options: {} });
    await writeFile(join(folder, '.oxlintrc.json'), untyped);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const report: { diagnostics: readonly { code: string; filename: string }[] } = JSON.parse(
      await lint(folder),
    );
    const found = report.diagnostics.filter(({ code }) => RULES.includes(code));
    return [...new Set(found.map(({ filename }) => filename))].toSorted();
  } finally {
    await rm(folder, { recursive: true });
  }
};

const lint = (cwd: string): Promise<string> =>
  new Promise((resolve) => {
    const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
    // It exits 1 when it finds what was planted, so the report says more than the exit code.
    execFile(process.execPath, [oxlint, '--format=json'], { cwd }, (_error, stdout) => {
      resolve(stdout);
    });
  });

const importing = (from: string): string =>
  `import { thing } from '${from}';\nexport const it = thing;\n`;
const importingType = (from: string): string =>
  `import type { Thing } from '${from}';\nexport type It = Thing;\n`;

const byFolder = (
  folder: string,
  sources: readonly string[],
  write: (from: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(sources.map((from, index) => [`${folder}/file-${index}.ts`, write(from)]));

test('each import across the fence is reported', async () => {
  const planted = {
    ...byFolder('src/domain', ['node:crypto', 'mongodb', '../store/users.ts'], importing),
    ...byFolder('src/http', ['mongodb', '@workos-inc/node', '../simulator/world.ts'], importing),
    ...byFolder(
      'src/store',
      ['fastify', '@workos-inc/node', '../simulator/world.ts', '../workos/wire.ts'],
      importing,
    ),
    ...byFolder('src/workos', ['fastify', 'mongodb', '../simulator/world.ts'], importing),
    ...byFolder('src/local', ['fastify', '@workos-inc/node', '../simulator/world.ts'], importing),
    ...byFolder('src/temporal', ['fastify', 'mongodb', '@workos-inc/node'], importing),
    ...byFolder('src/commands', ['fastify', 'mongodb', '@workos-inc/node'], importing),
    ...byFolder('src/mail', ['fastify', 'mongodb', '@workos-inc/node'], importing),
    ...byFolder('activities', ['fastify', 'mongodb', '@workos-inc/node'], importing),
    ...byFolder('src/simulator', ['mongodb', '@workos-inc/node', '../domain/join.ts'], importing),
    ...byFolder(
      'workflows',
      ['node:fs', 'mongodb', '@temporalio/client', '../src/store/users.ts', '../activities/a.ts'],
      importing,
    ),
    'src/start.ts': importing('./simulator/world.ts'),
    'src/server.ts': importing('mongodb'),
  };
  expect(await refused(planted)).toEqual(Object.keys(planted).toSorted());
});

test('what the fence allows is not reported', async () => {
  const allowed = {
    ...byFolder('src/domain', ['./join.ts'], importing),
    ...byFolder('src/http', ['fastify', '../store/inbox.ts', '../domain/join.ts'], importing),
    ...byFolder('src/store', ['mongodb', '../domain/join.ts'], importing),
    ...byFolder('src/workos', ['@workos-inc/node', '../domain/join.ts'], importing),
    ...byFolder('src/local', ['mongodb', 'node:net'], importing),
    ...byFolder('src/simulator', ['fastify', 'node:crypto', './state.ts'], importing),
    ...byFolder(
      'workflows',
      ['@temporalio/workflow', './contract.ts', '../src/domain/join.ts'],
      importing,
    ),
    'workflows/types.ts': importingType('../activities/apply-pending.ts'),
    'activities/types.ts': importingType('mongodb'),
    'src/start.ts': importing('@workos-inc/node'),
    'src/simulator.ts': importing('./simulator/world.ts'),
    'src/worker.ts': 'export const port = process.env.PORT;\n',
    'test/store.test.ts': importing('mongodb'),
    'bench/apply.ts': importing('mongodb'),
  };
  expect(await refused(allowed)).toEqual([]);
});

test('the domain knows no clock, no chance and no world', async () => {
  const planted = byFolder(
    'src/domain',
    [
      'Date.now()',
      'process.pid',
      'crypto.randomUUID()',
      'setTimeout(() => {}, 1)',
      "fetch('http://127.0.0.1')",
      'performance.now()',
      'Math.random()',
    ],
    (expression) => `export const it = () => ${expression};\n`,
  );
  expect(await refused(planted)).toEqual(Object.keys(planted).toSorted());
});

test('the environment is read, and the process ended, by a composition root only', async () => {
  const planted = {
    'src/store/uri.ts': 'export const uri = process.env.MONGODB_URI;\n',
    'src/http/leave.ts': 'export const leave = () => process.exit(1);\n',
    'workflows/flag.ts': 'export const flag = process.env.FLAG;\n',
    'activities/flag.ts': 'export const flag = process.env.FLAG;\n',
  };
  expect(await refused(planted)).toEqual(Object.keys(planted).toSorted());
});
