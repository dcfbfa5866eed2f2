import { Refusal } from './refusal.ts';
import type { PageRequest } from './query.ts';

/** Rows in order of creation, some of them not to be shown. */
export type Rows<T> = {
  readonly length: number;
  readonly at: (index: number) => T | undefined;
  /** The first row at or after the one the cursor names, or undefined for an unknown cursor. */
  readonly indexOf: (
    cursor: string,
  ) => { readonly index: number; readonly exact: boolean } | undefined;
};

type Found<T> = { readonly index: number; readonly row: T };

/** Up to `count` shown rows from `start` on, in one direction. */
const walk = <T>(
  rows: Rows<T>,
  start: number,
  { step, count }: { step: 1 | -1; count: number },
): Found<T>[] => {
  const found: Found<T>[] = [];
  for (
    let index = start;
    index >= 0 && index < rows.length && found.length < count;
    index += step
  ) {
    const row = rows.at(index);
    if (row !== undefined) found.push({ index, row });
  }
  return found;
};

export type Page<T> = {
  readonly data: readonly T[];
  readonly before: string | null;
  readonly after: string | null;
};

/**
 * One page as WorkOS cuts it. `asc` and `desc`: `after` goes on in the order shown, `before` goes back. `normal`: newest
 * first, but `after` asks for newer rows and `before` for older ones. A null cursor means nothing more that way.
 */
export const cutPage = <T extends { readonly id: string }>(
  rows: Rows<T>,
  { limit, order, before, after }: PageRequest,
): Page<T> => {
  const cursor = before ?? after;
  const place = cursor === undefined ? undefined : rows.indexOf(cursor);
  if (cursor !== undefined && place === undefined) {
    throw new Refusal(400, `Unknown cursor: '${cursor}'.`, { code: 'invalid_cursor' });
  }
  // Without a cursor a list begins at its oldest row (asc) or its newest one.
  const wantsNewer =
    cursor === undefined ? order === 'asc' : (after !== undefined) === (order !== 'desc');
  const step = wantsNewer ? 1 : -1;
  const start = ((): number => {
    if (place === undefined) return wantsNewer ? 0 : rows.length - 1;
    if (!wantsNewer) return place.index - 1;
    return place.exact ? place.index + 1 : place.index;
  })();
  const found = walk(rows, start, { step, count: limit + 1 });
  const shown = found.slice(0, limit);
  const oldestFirst = wantsNewer ? shown : shown.toReversed();
  const [oldest, newest] = [oldestFirst[0], oldestFirst.at(-1)];
  if (oldest === undefined || newest === undefined) return { data: [], before: null, after: null };

  const hasMore = (from: number, way: 1 | -1): boolean =>
    walk(rows, from, { step: way, count: 1 }).length > 0;
  const older = hasMore(oldest.index - 1, -1) ? oldest.row.id : null;
  const newer = hasMore(newest.index + 1, 1) ? newest.row.id : null;
  const data = (order === 'asc' ? oldestFirst : oldestFirst.toReversed()).map(({ row }) => row);
  return order === 'desc'
    ? { data, before: newer, after: older }
    : { data, before: older, after: newer };
};

/** All rows of one kind: their ids in order, and how to show them. */
export const rowsOf = <T extends { readonly id: string; readonly position: number }>(
  order: readonly string[],
  records: ReadonlyMap<string, T>,
  isShown: (record: T) => boolean,
): Rows<T> => ({
  length: order.length,
  at: (index) => {
    const record = records.get(order[index] ?? '');
    return record !== undefined && isShown(record) ? record : undefined;
  },
  indexOf: (cursor) => {
    const position = records.get(cursor)?.position;
    if (position === undefined || order[position] !== cursor) return undefined;
    return { index: position, exact: true };
  },
});

/** The answer to a list request. */
export const listAnswer = (
  page: Page<unknown>,
): {
  object: 'list';
  data: readonly unknown[];
  list_metadata: { before: string | null; after: string | null };
} => ({
  object: 'list',
  data: page.data,
  list_metadata: { before: page.before, after: page.after },
});
