import { Refusal } from './refusal.ts';
import { isJson } from './wire.ts';

export type Query = Readonly<Record<string, readonly string[]>>;

const LIMIT = { least: 1, most: 100, usual: 10 };

const PAGE_PARAMETERS = ['before', 'after', 'limit', 'order'];

/** The parameters of a request by name; throws a 400 Refusal for one the route does not have. */
export const readQuery = (raw: unknown, allowed: readonly string[]): Query => {
  const query: Record<string, string[]> = {};
  for (const [key, value] of Object.entries(isJson(raw) ? raw : {})) {
    if (!allowed.includes(key)) {
      throw new Refusal(400, `Unknown parameter "${key}": allowed are ${allowed.join(', ')}.`, {
        code: 'invalid_request_parameters',
      });
    }
    query[key] = [value].flat().map(String);
  }
  return query;
};

/** The same for a list route: `own` filters besides those of pages. */
export const readListQuery = (raw: unknown, own: readonly string[] = []): Query =>
  readQuery(raw, [...own, ...PAGE_PARAMETERS]);

/** One parameter's value, or undefined; an empty value counts as none. Given twice, it is refused. */
export const one = (query: Query, name: string): string | undefined => {
  const values = query[name] ?? [];
  if (values.length > 1) {
    throw new Refusal(422, `Validation failed: ${name} may be given once.`, {
      errors: [{ code: 'invalid', field: name }],
    });
  }
  return values[0] === '' ? undefined : values[0];
};

export type Order = 'asc' | 'desc' | 'normal';
export type PageRequest = {
  readonly limit: number;
  readonly order: Order;
  readonly before: string | undefined;
  readonly after: string | undefined;
};

const isOrder = (value: string): value is Order => ['asc', 'desc', 'normal'].includes(value);

/** Limit 1 to 100 (10 if absent), order (`desc` if absent), and at most one of the cursors; else a Refusal. */
export const readPage = (query: Query): PageRequest => {
  const limit = one(query, 'limit') ?? String(LIMIT.usual);
  const size = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (size < LIMIT.least || size > LIMIT.most) {
    throw new Refusal(
      422,
      `Validation failed: limit must be from ${LIMIT.least} to ${LIMIT.most}.`,
      {
        errors: [{ code: 'invalid', field: 'limit' }],
      },
    );
  }
  const order = one(query, 'order') ?? 'desc';
  if (!isOrder(order)) {
    throw new Refusal(422, 'Validation failed: order must be one of normal, desc, asc.', {
      errors: [{ code: 'invalid', field: 'order' }],
    });
  }
  const before = one(query, 'before');
  const after = one(query, 'after');
  if (before !== undefined && after !== undefined) {
    throw new Refusal(422, 'Validation failed: before and after exclude each other.', {
      errors: [{ code: 'invalid', field: 'before' }],
    });
  }
  return { limit: size, order, before, after };
};
