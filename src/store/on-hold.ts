/**
 * An account on legal hold, and one that is not: only `false`, `null` or no field at all is no hold.
 * The application may write the field, and a date or a case number there must not let data be purged.
 */
const NONE = { $in: [false, null], $not: { $type: 'array' as const } };
export const NOT_ON_HOLD = { legalHold: NONE };
export const ON_HOLD = { legalHold: { $not: NONE } };

/** Whether the value of `legalHold` is a hold, as the two filters decide it. */
export const isHold = (legalHold: unknown): boolean =>
  legalHold !== false && legalHold !== null && legalHold !== undefined;
