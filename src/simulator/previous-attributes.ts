import { isDeepStrictEqual } from 'node:util';
import type { Json } from './wire.ts';

// `updated_at` always changes, and these two are compared key by key or not at all.
const NOT_COMPARED = new Set(['updated_at', 'custom_attributes']);

const isNothing = (value: unknown): boolean => value === undefined || value === null;

const changedKeys = (before: Json, after: Json): [string, unknown][] =>
  Object.keys({ ...before, ...after })
    .filter((key) => !NOT_COMPARED.has(key))
    .filter((key) => !(isNothing(before[key]) && isNothing(after[key])))
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => [key, before[key] ?? null]);

/** WorkOS's `previous_attributes`: the old values of the root keys and the custom attributes that changed; maybe `{}`. */
export const previousAttributes = (before: Json, after: Json): Json => {
  const custom = changedKeys(
    (before['custom_attributes'] ?? {}) as Json,
    (after['custom_attributes'] ?? {}) as Json,
  );
  return {
    ...Object.fromEntries(changedKeys(before, after)),
    ...(custom.length === 0 ? {} : { custom_attributes: Object.fromEntries(custom) }),
  };
};
