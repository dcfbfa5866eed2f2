import { isDeepStrictEqual } from 'node:util';
import { isJson } from './wire.ts';
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

const customOf = ({ custom_attributes: custom }: Json): Json => (isJson(custom) ? custom : {});

/** WorkOS's `previous_attributes`: the old values of the root keys and the custom attributes that changed; maybe `{}`. */
export const previousAttributes = (before: Json, after: Json): Json => {
  const custom = changedKeys(customOf(before), customOf(after));
  return {
    ...Object.fromEntries(changedKeys(before, after)),
    ...(custom.length === 0 ? {} : { custom_attributes: Object.fromEntries(custom) }),
  };
};
