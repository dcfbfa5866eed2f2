/** What a cursor that we did not give is answered with. */
export const CURSOR_REFUSED =
  'The request is not valid: cursor must be the `next` of an earlier answer.';

/**
 * The end of a page as text to hand back for the next one: a text, or a time and a text. It carries
 * no more than ids and times, and may be used again.
 */
export const toCursor = (parts: readonly [string] | readonly [Date, string]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/** The text of a cursor; null for one that is none of ours. */
export const textOf = (cursor: string): string | null => {
  const [text, ...more] = partsOf(cursor);
  return typeof text === 'string' && more.length === 0 ? text : null;
};

/** The time and the text of a cursor; null for one that is none of ours. */
export const placeOf = (cursor: string): { readonly at: Date; readonly id: string } | null => {
  const [time, id, ...more] = partsOf(cursor);
  if (typeof time !== 'string' || typeof id !== 'string' || more.length > 0) return null;
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? null : { at, id };
};

const partsOf = (cursor: string): readonly unknown[] => {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
};
