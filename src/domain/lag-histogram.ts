/**
 * How long events took, as counts by bucket. A bucket's number is the quarter of an octave it ends
 * at, so each is 19 % wider than the one before, and histograms of any two spans can be added up.
 */
export type LagHistogram = ReadonlyMap<number, number>;

const PER_OCTAVE = 4;

/** The bucket of a lag in milliseconds; all up to one millisecond, and clocks that ran back, share bucket 0. */
export const lagBucket = (ms: number): number =>
  ms <= 1 ? 0 : Math.ceil(Math.log2(ms) * PER_OCTAVE);

/** The longest lag that falls into a bucket, in whole milliseconds. */
export const longestOf = (bucket: number): number => Math.round(2 ** (bucket / PER_OCTAVE));

/** How many lags the histogram holds. */
export const countOf = (lags: LagHistogram): number =>
  [...lags.values()].reduce((sum, count) => sum + count, 0);

/** One histogram of all lags of several. */
export const addUp = (histograms: readonly LagHistogram[]): LagHistogram => {
  const sum = new Map<number, number>();
  for (const lags of histograms) {
    for (const [bucket, count] of lags) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
  }
  return sum;
};

/**
 * The lag that this share (0 to 1) of all do not exceed, in milliseconds: the end of its bucket, so
 * never less than the true one and at most 19 % more. Null when there are none.
 */
export const lagPercentile = (lags: LagHistogram, share: number): number | null => {
  const rank = Math.max(1, Math.ceil(share * countOf(lags)));
  let passed = 0;
  for (const [bucket, count] of [...lags].toSorted(([one], [other]) => one - other)) {
    passed += count;
    if (passed >= rank) return longestOf(bucket);
  }
  return null;
};
