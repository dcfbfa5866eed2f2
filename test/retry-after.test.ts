import { expect, test } from '@jest/globals';
import { readRetryAfter } from '../src/retry-after.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

test.each([
  [null, null],
  ['', null],
  ['120', 120_000],
  [' 3 ', 3000],
  ['3.5', 3500],
  ['1234567890', 1_234_567_890_000],
  ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['soon', null],
])('a Retry-After of %j is read', (value, expected) => {
  expect(readRetryAfter(value, NOW)).toBe(expected);
});
