/** Repeatable randomness: the same seed and the same calls give the same values. */
export type Random = {
  /** A number from 0 (included) to 1 (excluded). */
  readonly next: () => number;
  /** An integer from 0 (included) to `below` (excluded). */
  readonly below: (below: number) => number;
  /** True with the given probability. */
  readonly chance: (ratio: number) => boolean;
};

/** A generator (mulberry32) for one purpose; purposes do not share one, so that timing of one never changes another. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { next, below, chance: (ratio) => next() < ratio };
};

/** One of the values; throws on an empty list. */
export const pick = <T>(random: Random, values: readonly T[]): T => {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('Nothing to pick from.');
  return value;
};
