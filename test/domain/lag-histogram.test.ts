import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  addUp,
  countOf,
  lagBucket,
  lagPercentile,
  longestOf,
} from '../../src/domain/lag-histogram.ts';

const lagsOf = (values: readonly number[]) =>
  addUp(values.map((ms) => new Map([[lagBucket(ms), 1]])));
const lag = fc.integer({ min: 1, max: 100 * 86_400_000 });

test('a percentile is never less than the true one and at most 19 % more', () => {
  fc.assert(
    fc.property(
      fc.array(lag, { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const rank = Math.max(1, Math.ceil(share * values.length));
        const exact = values.toSorted((one, other) => one - other)[rank - 1] ?? 0;
        const told = lagPercentile(lagsOf(values), share) ?? 0;
        // Bucket ends are told in whole milliseconds.
        expect(told).toBeGreaterThanOrEqual(exact - 0.5);
        expect(told).toBeLessThanOrEqual(exact * 1.19 + 0.5);
      },
    ),
  );
});

test('histograms of two spans add up to the histogram of both', () => {
  fc.assert(
    fc.property(fc.array(lag), fc.array(lag), (some, others) => {
      expect(addUp([lagsOf(some), lagsOf(others)])).toEqual(lagsOf([...some, ...others]));
      expect(countOf(lagsOf(some))).toBe(some.length);
    }),
  );
});

test('a lag that a clock running back made negative is the shortest there is', () => {
  expect([lagBucket(-5), lagBucket(0), lagBucket(1), longestOf(0)]).toEqual([0, 0, 0, 1]);
});

test('without lags there is no percentile', () => {
  expect(lagPercentile(new Map(), 0.99)).toBeNull();
});
