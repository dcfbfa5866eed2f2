/**
 * Milliseconds from `now` until what a `Retry-After` header names, in seconds or as a date; 0 for a
 * date that is over, null when there is none that can be read. It may name any time: the caller
 * decides how far it is believed.
 */
export const readRetryAfter = (header: string | null, now: Date): number | null => {
  const value = header?.trim() ?? '';
  // A date is looked for second: a bare number would pass for a month or a year.
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
};
