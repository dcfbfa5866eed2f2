const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * How long a webhook waits after each failed attempt: the schedule that Standard Webhooks gives as
 * an example. Ten attempts in 75 hours and a half; then the row fails.
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** A receiver that names a later time is believed up to a day. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR;
/** Rows that failed together do not come back together. */
const JITTER = 0.1;

/**
 * Milliseconds from the failure of attempt number `attempts` to the next one; null when it was the
 * last. `random` is from 0 to 1 and moves the delay by up to a tenth either way.
 */
export const webhookRetryMs = (failed: {
  readonly attempts: number;
  readonly retryAfterMs: number | null;
  readonly random: number;
}): number | null => {
  const delay = RETRY_DELAYS_MS[failed.attempts - 1];
  if (delay === undefined) return null;
  const asked = Math.min(failed.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return Math.max(jittered(delay, failed.random), asked);
};

const FIRST_REST_MS = 5 * SECOND;
const LONGEST_REST_MS = 5 * MINUTE;
const LONGEST_ASKED_REST_MS = HOUR;

/**
 * How long a receiver that takes nothing is left alone: twice as long after each such time in a row
 * (`rests` before this one), up to five minutes; or as long as it asked for, up to an hour.
 */
export const restMs = (failed: {
  readonly rests: number;
  readonly retryAfterMs: number | null;
  readonly random: number;
}): number => {
  const rest = Math.min(FIRST_REST_MS * 2 ** failed.rests, LONGEST_REST_MS);
  const asked = Math.min(failed.retryAfterMs ?? 0, LONGEST_ASKED_REST_MS);
  return Math.max(jittered(rest, failed.random), asked);
};

const jittered = (ms: number, random: number): number =>
  Math.round(ms * (1 - JITTER + 2 * JITTER * random));
