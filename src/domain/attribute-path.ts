import { isObject } from './json-object.ts';

/** The steps into a person's content: keys of objects, positions in lists. */
export type AttributePath = readonly (string | number)[];

/** What a path may start with: the two attribute objects, or one plain field, in WorkOS's words. */
export const PATH_ROOTS = [
  'custom_attributes',
  'raw_attributes',
  'email',
  'username',
  'first_name',
  'last_name',
  'idp_id',
] as const;

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\["([^"]+)"\]/uy;

/**
 * Reads a path such as `raw_attributes["urn:…:User"].department` or `custom_attributes.phones[0]`:
 * keys after dots, positions in brackets, keys with dots or colons in brackets and quotes. Null when
 * it is no path or starts elsewhere.
 */
export const parseAttributePath = (text: string): AttributePath | null => {
  const root = PATH_ROOTS.find((name) => text === name || /^[.[]/u.test(rest(text, name) ?? ''));
  if (root === undefined) return null;
  const steps: (string | number)[] = [root];
  STEP.lastIndex = root.length;
  while (STEP.lastIndex < text.length) {
    const found = STEP.exec(text);
    if (found === null) return null;
    const [, key, position, quoted] = found;
    steps.push(position === undefined ? (key ?? quoted ?? '') : Number(position));
  }
  return steps;
};

/** What stands at the end of a path; undefined when something on the way is missing or of another shape. */
export const followPath = (source: unknown, path: AttributePath): unknown =>
  path.reduce<unknown>((at, step) => {
    if (typeof step === 'number') return Array.isArray(at) ? at[step] : undefined;
    return isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  }, source);

const rest = (text: string, start: string): string | null =>
  text.startsWith(start) ? text.slice(start.length) : null;
