/** Whether a value is an object with keys, so neither null nor a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object in a field; an empty one when the field holds anything else. */
export const objectIn = (value: unknown): Readonly<Record<string, unknown>> =>
  isObject(value) ? value : {};
