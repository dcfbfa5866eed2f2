const DAY_MS = 86_400_000;

/** The code and the reason of an event that is parked for its date. */
export const DATED_AHEAD = 'dated-ahead: created_at is more than a day ahead of the clock';

/**
 * Whether an event is dated further ahead of `now` than clocks differ (epoch milliseconds). It would
 * be newer than everything that happens until its day, and overrule it, so it is not applied before.
 */
export const isDatedAhead = (createdAt: number, now: number): boolean => createdAt > now + DAY_MS;

/**
 * When content was last changed, as far as it can be believed of an observation true at `seenAt`
 * (epoch milliseconds): an `updated_at` that lies ahead would stand against every later edit.
 */
export const believableUpdate = (updatedAt: number, seenAt: number): number =>
  updatedAt > seenAt + DAY_MS ? seenAt : updatedAt;
