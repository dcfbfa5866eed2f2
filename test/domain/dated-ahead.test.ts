import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { believableUpdate, isDatedAhead } from '../../src/domain/dated-ahead.ts';

const DAY_MS = 86_400_000;
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });

test('a date is ahead when it is more than a day after the clock', () => {
  expect([isDatedAhead(DAY_MS, 0), isDatedAhead(DAY_MS + 1, 0), isDatedAhead(0, 5)]).toEqual([
    false,
    true,
    false,
  ]);
});

test('no update is believed to be more than a day newer than what told of it, and a sound one stands', () => {
  fc.assert(
    fc.property(time, time, (updatedAt, seenAt) => {
      const believed = believableUpdate(updatedAt, seenAt);
      expect(believed).toBe(updatedAt <= seenAt + DAY_MS ? updatedAt : seenAt);
      // Told again it is the same, so that order and repeats change nothing.
      expect(believableUpdate(believed, seenAt)).toBe(believed);
    }),
  );
});
