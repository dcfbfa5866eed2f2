/** A JSON object as WorkOS sends it. */
export type Wire = Readonly<Record<string, unknown>>;

/** Something in a payload is not as it must be; names the field, never its value. */
export interface Malformed {
  /** A stable code and a field path, such as `payload-invalid: data.user.id is missing`. */
  readonly problem: string;
}

/** The problem of a field that is missing or of the wrong shape. */
export const malformed = (path: string, what: string): Malformed => ({
  problem: `payload-invalid: ${path} ${what}`,
});

/** Whether a reader answered a problem. */
export const isMalformed = (read: object): read is Malformed => 'problem' in read;

/** The text in a field without surrounding blanks; null when it is missing, blank or no text. */
export const wireText = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' ? null : text;
};

/** What is wrong with a field where `isRecordId` says no. */
export const NO_RECORD_ID = 'is missing, too long (255 characters) or has control characters';

const PLAIN_ID = /^[\x21-\x7E]{1,255}$/;

/**
 * Whether `value` can be the id of an event or of a directory: visible ASCII. Such ids are parts of
 * workflow ids and of versions, which everything must spell and order alike.
 */
export const isPlainId = (value: unknown): value is string =>
  typeof value === 'string' && PLAIN_ID.test(value);

/** What is wrong with a field where `isPlainId` says no. */
export const NO_PLAIN_ID = 'is not 1 to 255 visible ASCII characters';

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?\s?(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * Epoch milliseconds of a time as WorkOS writes it: ISO 8601 with `T` or a blank, no zone meaning
 * UTC, digits past the millisecond cut off. Null when it is no such time.
 */
export const wireTime = (value: unknown): number | null => {
  const [whole, date, clock, fraction = '', zone = 'Z'] =
    typeof value === 'string' ? (TIME.exec(value.trim()) ?? []) : [];
  if (whole === undefined) return null;
  const digits = fraction.slice(0, 3).padEnd(3, '0');
  const offset = zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const time = Date.parse(`${date}T${clock}.${digits}${offset}`);
  return Number.isNaN(time) ? null : time;
};
