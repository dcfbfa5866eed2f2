import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findLinkFile, readLinkFile, type FileLine } from '../../src/commands/link-file.ts';

const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'link-file-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

const read = async (content: string | Buffer): Promise<readonly FileLine[]> => {
  await using own = await folder();
  const path = join(own.path, 'links.csv');
  await writeFile(path, content);
  const lines: FileLine[] = [];
  for await (const { line } of readLinkFile({ path })) lines.push(line);
  return lines;
};

const refusal = async (content: string | Buffer): Promise<string> => {
  const error: unknown = await read(content).catch((thrown: unknown) => thrown);
  return (error as Error).message.replace(/\S+links\.csv/, 'FILE');
};

const malformed = (line: number) => ({ line, malformed: true });

const HEADER = 'user_id,directory_user_id';
const links = (...pairs: readonly (readonly [number, string, string])[]) =>
  pairs.map(([line, userId, directoryUserId]) => ({ line, userId, directoryUserId }));

test.each([
  ['plain', `${HEADER}\na,b\nc,d\n`],
  ['without an end of line', `${HEADER}\na,b\nc,d`],
  ['of Windows', `${HEADER}\r\na,b\r\nc,d\r\n`],
  ['with a byte order mark', `\uFEFF${HEADER}\na,b\nc,d\n`],
  ['quoted', `"user_id","directory_user_id"\n"a","b"\n"c","d"\n`],
  ['with blanks', `user_id , directory_user_id\n a, b\nc ,d \n`],
  ['as UTF-16', Buffer.from(`\uFEFF${HEADER}\na,b\nc,d\n`, 'utf16le')],
])('a CSV file is read however it was saved: %s', async (_how, content) => {
  expect(await read(content)).toEqual(links([2, 'a', 'b'], [3, 'c', 'd']));
});

test('a malformed line has its own fate and its number, and the others stand', async () => {
  expect(
    await read(
      `${HEADER}\na,b\n\nonly\nc,d,e\n,f\ng,\n"h\ni",j\n${'k'.repeat(600)},l\n\u0007,m\nn,o\n`,
    ),
  ).toEqual([
    ...links([2, 'a', 'b']),
    ...[4, 5, 6, 7, 9, 10, 11].map(malformed),
    ...links([12, 'n', 'o']),
  ]);
});

test('bytes that are no text make a line malformed, not an id', async () => {
  const bytes = Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.from([0xff, 0xfe, 0x2c, 0x61])]);
  expect(await read(bytes)).toEqual([{ line: 2, malformed: true }]);
});

test.each([
  ['another order', 'directory_user_id,user_id\na,b\n'],
  ['other names', 'id,email\na,b\n'],
  ['semicolons', 'user_id;directory_user_id\na;b\n'],
  ['a third column', `${HEADER},note\na,b,c\n`],
  ['no header', 'a,b\n'],
  ['nothing', ''],
  ['no text', Buffer.from([0, 1, 2, 3])],
  ['one endless line', 'x'.repeat(100_000)],
])('a wrong first line is refused: %s', async (_what, content) => {
  expect(await refusal(content)).toBe('The first line of FILE must be user_id,directory_user_id.');
});

test('a quote that is never closed refuses the file, and says where', async () => {
  const expected =
    /^FILE is not a CSV file near line \d+: a quote is misplaced, or a line is too long\.$/;
  expect(await refusal(`${HEADER}\na,b\n"c,d\n${'e,f\n'.repeat(10_000)}`)).toMatch(expected);
  expect(await refusal(`${HEADER}\n"a"b,c\n`)).toMatch(expected);
});

test('what is no readable file is refused in one sentence', async () => {
  await using own = await folder();
  await expect(findLinkFile(join(own.path, 'none.csv'))).rejects.toThrow(
    /^The file \S+none\.csv does not exist\.$/,
  );
  await expect(findLinkFile(own.path)).rejects.toThrow(/is not a regular file/);
});
