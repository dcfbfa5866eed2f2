const DUPLICATE_KEY = 11_000;

/** Codes with which a server refuses the document itself, whenever it is sent. */
const REFUSED_DOCUMENT = new Set([
  2, // BadValue
  15, // Overflow: nested too deep
  22, // InvalidBSON
  52, // DollarPrefixedFieldName
  56, // EmptyFieldName
  57, // DottedFieldName
  10_334, // BSONObjectTooLarge
  17_280, // KeyTooLong
]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const field = (error: unknown, name: 'code' | 'name'): unknown =>
  isRecord(error) ? error[name] : undefined;

/** Whether an insert failed because the id is stored already. */
export const isDuplicate = (error: unknown): boolean => field(error, 'code') === DUPLICATE_KEY;

/**
 * Whether an insert failed because of the document and would fail again: by the server's word, or
 * by the driver's before it was sent (a key with a null byte, too deep or too large).
 */
export const isRefusedDocument = (error: unknown): boolean => {
  const code = field(error, 'code');
  if (typeof code === 'number' && REFUSED_DOCUMENT.has(code)) return true;
  const name = field(error, 'name');
  return name === 'RangeError' || (typeof name === 'string' && name.startsWith('BSON'));
};
