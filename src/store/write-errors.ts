const DUPLICATE_KEY = 11_000;

/** Codes with which a server refuses what is in a document, whenever it is sent. */
const REFUSED_DOCUMENT = new Set([
  2, // BadValue
  9, // FailedToParse
  15, // Overflow: nested too deep
  22, // InvalidBSON
  52, // DollarPrefixedFieldName
  54, // NotSingleValueField
  56, // EmptyFieldName
  57, // DottedFieldName
  121, // DocumentValidationFailure
  10_334, // BSONObjectTooLarge
  17_280, // KeyTooLong
  17_419, // the document would be too large after the update
]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const field = (error: unknown, name: 'code' | 'name'): unknown =>
  isRecord(error) ? error[name] : undefined;

/** Whether a document of that id, or with that value of a unique index, is there already. */
export const isDuplicateKey = (error: unknown): boolean => field(error, 'code') === DUPLICATE_KEY;

/**
 * Whether a write failed because of what is in the document and would fail again: by the server's
 * word, or by the driver's before it was sent (a key with a null byte, too deep or too large).
 */
export const isRefusedDocument = (error: unknown): boolean => {
  const code = field(error, 'code');
  if (typeof code === 'number' && REFUSED_DOCUMENT.has(code)) return true;
  const name = field(error, 'name');
  return name === 'RangeError' || (typeof name === 'string' && name.startsWith('BSON'));
};
