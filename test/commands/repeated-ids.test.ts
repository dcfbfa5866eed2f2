import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, tuple } from 'fast-check';
import { findRepeats } from '../../src/commands/repeated-ids.ts';

const lines = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([userId, directoryUserId], index) => ({ line: index + 2, userId, directoryUserId }));

const reasons = async (pairs: readonly (readonly [string, string])[]) => {
  const repeats = await findRepeats(() => Readable.from(lines(pairs)));
  return [repeats(), repeats()].map((why) => lines(pairs).map((line) => why(line)));
};

test('lines that contradict one another are all refused, a repeated line once', async () => {
  const [first, second] = await reasons([
    ['a', '1'],
    ['b', '2'],
    ['a', '1'],
    ['c', '3'],
    ['c', '4'],
    ['d', '3'],
    ['e', '5'],
  ]);
  expect(first).toEqual([
    null,
    null,
    'duplicate-line',
    'conflicting-lines',
    'conflicting-lines',
    'conflicting-lines',
    null,
  ]);
  expect(second).toEqual(first);
});

test('whatever repeats is found, and nothing else', async () => {
  const id = constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  await assert(
    asyncProperty(array(tuple(id, id), { maxLength: 12 }), async (pairs) => {
      const expected = pairs.map(([user, person], index) => {
        const contradicts = pairs.some(
          ([u, p]) => (u === user && p !== person) || (u !== user && p === person),
        );
        if (contradicts) return 'conflicting-lines';
        const before = pairs.slice(0, index).some(([u, p]) => u === user && p === person);
        return before ? 'duplicate-line' : null;
      });
      expect((await reasons(pairs))[0]).toEqual(expected);
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('a file many times larger than the memory is read to its end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'link-large-'));
  try {
    const path = join(folder, 'links.csv');
    await pipeline(function* () {
      yield 'user_id,directory_user_id\n';
      for (let start = 0; start < 300_000; start += 1000)
        yield Array.from(
          { length: 1000 },
          (_, index) =>
            `account_${start + index},directory_user_01M89CAKE10Q1E2R_${start + index}\n`,
        ).join('');
      yield 'account_17,directory_user_01M89CAKE10Q1E2R_17\nonly one\n';
    }, createWriteStream(path));
    const script = fileURLToPath(new URL('read-link-file.ts', import.meta.url));
    // The file has 16 MB; what is held of it must not grow with its lines.
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--max-old-space-size=16',
      script,
      path,
    ]);
    expect(JSON.parse(stdout)).toEqual({
      lines: 300_002,
      fates: { pending: 300_000, refused: 2 },
      reasons: { 'not-seen-yet': 300_000, 'duplicate-line': 1, 'malformed-line': 1 },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}, 180_000);
