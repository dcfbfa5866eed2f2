import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

const bench = (...args: readonly string[]) =>
  run(process.execPath, [script, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    timeout: 110_000,
  });

test('bench apply settles every event and writes its figures as JSON', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
  try {
    const file = join(folder, 'figures.json');
    const { stdout } = await bench('apply', '--events', '200', '--seed', '7', '--json', file);
    expect(stdout).toContain('events applied, 10 directories');

    const figures: unknown = JSON.parse(await readFile(file, 'utf8'));
    const count = expect.any(Number);
    expect(figures).toMatchObject({
      seed: 7,
      machine: { cpus: count, cpu: expect.any(String), loadBefore: count },
      versions: { node: process.version },
      reports: [
        {
          part: 'apply',
          server: expect.stringMatching(/^(mongod|secantusd-rs|secantusdb)$/u),
          events: 200,
          directories: 10,
          notApplied: 0,
          applyMs: count,
          eventsPerSecond: count,
          resulting: { users: count, groups: count, memberships: count, documents: count },
          raw: { indexedPerSecond: count, plainPerSecond: count },
          ratio: { indexed: count, plain: count, wanted: 0.3 },
          reached: expect.any(Boolean),
        },
      ],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test('bench stats times every query over a ledger of its own', async () => {
  const { stdout } = await bench('stats', '--ledger', '1000', '--people', '100');
  expect(stdout).toContain('1000 events');
  const figures: unknown = JSON.parse(stdout.slice(stdout.indexOf('\n{')));
  const ms = expect.objectContaining({ count: 5, p50: expect.any(Number) });
  expect(figures).toMatchObject({
    reports: [
      {
        part: 'stats',
        ledger: { events: 1000, auditEntries: 100, people: 100, directories: 10 },
        queries: expect.arrayContaining([
          { query: 'health of a directory', ms },
          { query: 'statistics of all', ms },
          { query: 'newest events of a directory', ms },
        ]),
      },
    ],
  });
}, 120_000);

test('bench refuses a part it does not have in one sentence', async () => {
  const refused = await bench('everything').catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed are apply, leaver, stats and all.'),
  });
});
