import { expect, test } from '@jest/globals';
import { batchesOf } from '../../src/effects/send-split.ts';

const lines = (...sizes: number[]) => sizes.map((bytes) => ({ encoded: bytes, bytes }));
const cut = (sizes: number[], limits: { entries: number; bytes: number }) =>
  batchesOf(lines(...sizes), limits).map((batch) => batch.map(({ encoded }) => encoded));

test.each([
  ['no lines', [], []],
  ['up to the entries', [1, 1, 1, 1], [[1, 1, 1], [1]]],
  ['up to the bytes', [4, 6, 1], [[4, 6], [1]]],
  ['and a line over the limit alone', [3, 11, 3], [[3], [11], [3]]],
])('batches hold %s', (_name, sizes, expected) => {
  expect(cut(sizes, { entries: 3, bytes: 10 })).toEqual(expected);
});
