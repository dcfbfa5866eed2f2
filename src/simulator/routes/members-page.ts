import { cutPage, rowsOf } from '../page.ts';
import type { Page, Rows } from '../page.ts';
import type { PageRequest } from '../query.ts';
import { lowerBound } from '../sorted-positions.ts';

type Listed = { readonly id: string; readonly position: number; readonly deleted: boolean };

type Source<T> = {
  readonly order: readonly string[];
  readonly records: ReadonlyMap<string, T>;
  /** Only these positions, ascending; all when undefined. */
  readonly positions: readonly number[] | undefined;
  readonly isShown: (record: T) => boolean;
};

/** A page of a directory's users or groups, or of those at some positions only. */
export const cutListing = <T extends Listed>(
  { order, records, positions, isShown }: Source<T>,
  request: PageRequest,
): Page<T> => {
  const all = rowsOf(order, records, (record) => !record.deleted && isShown(record));
  if (positions === undefined) return cutPage(all, request);
  const some: Rows<T> = {
    length: positions.length,
    at: (index) => all.at(positions[index] ?? -1),
    // The cursor may name somebody who is no member any more: the place stays known.
    indexOf: (cursor) => {
      const place = all.indexOf(cursor);
      if (place === undefined) return undefined;
      const index = lowerBound(positions, place.index);
      return { index, exact: positions[index] === place.index };
    },
  };
  return cutPage(some, request);
};
