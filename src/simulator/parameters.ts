import { Refusal } from './refusal.ts';
import { isJson } from './wire.ts';
import type { Json } from './wire.ts';

/** One parameter of an act, a scenario or a knob, as it is read and as it is shown to people. */
export type Parameter = {
  readonly type: keyof Types;
  readonly description: string;
  readonly required?: true;
  readonly oneOf?: readonly string[];
  readonly min?: number;
  readonly max?: number;
};

type Types = {
  string: string;
  'string or null': string | null;
  integer: number;
  ratio: number;
  number: number;
  boolean: boolean;
  'time or null': string | null;
  'list of strings': readonly string[];
  'list of objects': readonly Json[];
  object: Json;
};

export type Parameters = Readonly<Record<string, Parameter>>;

type ValueOf<P extends Parameter> = P extends { readonly oneOf: readonly (infer V)[] }
  ? V
  : Types[P['type']];

export type ValuesOf<S extends Parameters> = {
  readonly [K in keyof S as S[K] extends { required: true } ? K : never]: ValueOf<S[K]>;
} & {
  readonly [K in keyof S as S[K] extends { required: true } ? never : K]?:
    | ValueOf<S[K]>
    | undefined;
};

const isNumber = (value: unknown, { min, max }: Parameter): boolean =>
  typeof value === 'number' &&
  Number.isFinite(value) &&
  value >= (min ?? Number.NEGATIVE_INFINITY) &&
  value <= (max ?? Number.POSITIVE_INFINITY);

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value));

// oxlint-disable-next-line typescript/consistent-return -- the switch is exhaustive, which tsc proves
const fits = (value: unknown, parameter: Parameter): boolean => {
  switch (parameter.type) {
    case 'string':
      return (
        typeof value === 'string' &&
        value !== '' &&
        (parameter.oneOf === undefined || parameter.oneOf.includes(value))
      );
    case 'string or null':
      return value === null || typeof value === 'string';
    case 'integer':
      return Number.isInteger(value) && isNumber(value, parameter);
    case 'ratio':
      return isNumber(value, { ...parameter, min: 0, max: 1 });
    case 'number':
      return isNumber(value, parameter);
    case 'boolean':
      return typeof value === 'boolean';
    case 'time or null':
      return value === null || isTime(value);
    case 'list of strings':
      return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    case 'list of objects':
      return Array.isArray(value) && value.every(isJson);
    case 'object':
      return isJson(value);
  }
};

const article = (word: string): string => (/^[aeiou]/.test(word) ? 'an' : 'a');

const allowed = ({ type, oneOf, min, max }: Parameter): string => {
  if (oneOf !== undefined) return `one of ${oneOf.join(', ')}`;
  if (type === 'ratio') return 'a number from 0 to 1';
  if (type === 'time or null') return 'an ISO 8601 time or null';
  if (min !== undefined && max !== undefined)
    return `${article(type)} ${type} from ${min} to ${max}`;
  return min === undefined
    ? `${article(type)} ${type}`
    : `${article(type)} ${type} of at least ${min}`;
};

/**
 * The values of a JSON object, checked against their description.
 * Throws a Refusal: 400 for an unknown name or a body that is no object, 422 for a missing or wrong value.
 */
export const readParameters = <S extends Parameters>(
  what: string,
  parameters: S,
  input: unknown,
): ValuesOf<S> => {
  if (!isJson(input)) throw new Refusal(400, `The parameters of ${what} must be a JSON object.`);
  const names = Object.keys(parameters);
  for (const [name, value] of Object.entries(input)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) {
      const list = names.length === 0 ? 'it takes none' : `allowed are ${names.join(', ')}`;
      throw new Refusal(400, `Unknown parameter "${name}" of ${what}: ${list}.`);
    }
    if (!fits(value, parameter)) {
      throw new Refusal(422, `Parameter "${name}" of ${what} must be ${allowed(parameter)}.`);
    }
  }
  for (const name of names) {
    if (parameters[name]?.required === true && input[name] === undefined) {
      throw new Refusal(422, `Parameter "${name}" of ${what} is missing.`);
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every key was checked above
  return input as ValuesOf<S>;
};
