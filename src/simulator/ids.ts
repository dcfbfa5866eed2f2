import type { Random } from './random.ts';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

export type Ids = {
  /** `prefix` + `_01…`: later ids compare greater as strings, also within a millisecond. */
  readonly next: (prefix: string, now: number) => string;
  /** Makes every later id greater than this one (after a restart). */
  readonly observe: (id: string) => void;
};

const encodeTime = (now: number): string => {
  let rest = now;
  let text = '';
  for (let place = 0; place < TIME_LENGTH; place += 1) {
    text = DIGITS.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

const increment = (digits: string): string => {
  const last = digits.charAt(digits.length - 1);
  const head = digits.slice(0, -1);
  return last === 'Z' ? `${increment(head)}0` : head + DIGITS.charAt(DIGITS.indexOf(last) + 1);
};

/** Time-ordered ids as WorkOS makes them (ULID with a prefix), monotonic even when the clock stands still or steps back. */
export const createIds = (random: Random): Ids => {
  let last = '';
  const next = (prefix: string, now: number): string => {
    const time = encodeTime(now);
    if (time > last.slice(0, TIME_LENGTH)) {
      // A leading zero leaves room for increments within the millisecond.
      const tail = Array.from({ length: RANDOM_LENGTH - 1 }, () => DIGITS.charAt(random.below(32)));
      last = `${time}0${tail.join('')}`;
    } else last = increment(last);
    return `${prefix}_${last}`;
  };
  const observe = (id: string): void => {
    const ulid = id.slice(id.lastIndexOf('_') + 1);
    if (/^[0-9A-HJKMNP-TV-Z]{26}$/.test(ulid) && ulid > last) last = ulid;
  };
  return { next, observe };
};
