import type { EventId } from './ids.ts';

declare const brand: unique symbol;

/**
 * When an observation was true: WorkOS's clock in milliseconds, then the event id.
 * Kept as text whose own order is the order of versions, so that JavaScript, MongoDB and every
 * index compare it alike: fifteen digits of time, a slash, the event id (empty for a fence).
 */
export type Version = string & { readonly [brand]: 'Version' };

const DIGITS = 15;

/** The version of an event that WorkOS dates `at` (epoch milliseconds). */
export const eventVersion = (at: number, id: EventId): Version => stamp(at, id);

/** The version of everything a listing shows that began at `at` (epoch milliseconds). */
export const fenceVersion = (at: number): Version => stamp(at, '');

/** Epoch milliseconds of a version. */
export const versionTime = (version: Version): number => Number(version.slice(0, DIGITS));

/** The event that a version belongs to, or null for a fence. */
export const versionEvent = (version: Version): EventId | null =>
  version.length > DIGITS + 1 ? (version.slice(DIGITS + 1) as EventId) : null;

/** Whether `a` was observed strictly later than `b`; anything is newer than nothing. */
export const isNewer = (a: Version | null, b: Version | null): boolean =>
  a !== null && (b === null || a > b);

/** The later of the two; equal versions are one observation. */
export const newest = (a: Version | null, b: Version | null): Version | null =>
  isNewer(b, a) ? b : a;

const stamp = (at: number, id: string): Version => {
  const time = Math.min(Math.max(Math.trunc(at), 0), 10 ** DIGITS - 1);
  return `${String(time).padStart(DIGITS, '0')}/${id}` as Version;
};
