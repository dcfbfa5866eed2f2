import { isObject, objectIn } from '../domain/json-object.ts';
import { readRetryAfter } from '../retry-after.ts';
import { failureOfStatus, WorkosError } from './failure.ts';
import { wireText, type Wire } from './wire.ts';

/** One page of a listing, in the shape of the wire. */
export interface Page {
  readonly data: readonly Wire[];
  /** Where the next page begins; null when this was the last. */
  readonly after: string | null;
  /** WorkOS's clock when it answered, epoch milliseconds to the second; null without one. */
  readonly date: number | null;
}

/** One object, in the shape of the wire. */
export interface Found {
  readonly data: Wire;
  readonly date: number | null;
}

interface Paging {
  /** `after` of the page before; the first page without. */
  readonly after?: string | null;
}

/** Reads WorkOS one page a call, oldest first, 100 a page. */
export interface Listings {
  /** A directory with its metadata counts, where WorkOS gives them. */
  readonly directory: (id: string) => Promise<Found>;
  readonly user: (id: string) => Promise<Found>;
  readonly group: (id: string) => Promise<Found>;
  /** The people of a directory, or of a group. */
  readonly users: (
    query: Paging & { readonly directory?: string; readonly group?: string },
  ) => Promise<Page>;
  /** The groups of a directory, or of a person. */
  readonly groups: (
    query: Paging & { readonly directory?: string; readonly user?: string },
  ) => Promise<Page>;
  /** Events of the named types after a cursor, or since a time (ISO 8601); not both. */
  readonly events: (
    query: Paging & { readonly events: readonly string[]; readonly rangeStart?: string },
  ) => Promise<Page>;
}

const PAGE = '100';
const TIMEOUT_MS = 20_000;

/**
 * Listings in the shape of the wire: the SDK drops the metadata counts, some fields and the Date
 * header that the fence needs. Every call makes one request, retries nothing, and throws
 * WorkosError whose `failure` says what kind it was.
 */
export const createListings = (options: {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}): Listings => {
  const { apiKey, apiUrl, fetch: send = fetch, now = Date.now } = options;

  const get = async (
    path: string,
    query: Readonly<Record<string, string | null | undefined>>,
  ): Promise<Found> => {
    const url = new URL(path, apiUrl);
    for (const [key, value] of Object.entries(query)) {
      if (value !== null && value !== undefined) url.searchParams.set(key, value);
    }
    const answer = await send(url, {
      headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    }).catch(() => null);
    if (answer === null) throw new WorkosError({ kind: 'unavailable' });
    const json: unknown = await answer.json().catch(() => null);
    if (!answer.ok) {
      const failure = failureOfStatus({
        status: answer.status,
        retryAfterMs: readRetryAfter(answer.headers.get('retry-after'), new Date(now())),
        code: wireText(objectIn(json)['code']),
      });
      throw new WorkosError(failure);
    }
    if (!isObject(json)) throw new WorkosError({ kind: 'unavailable' });
    const date = Date.parse(answer.headers.get('date') ?? '');
    return { data: json, date: Number.isNaN(date) ? null : date };
  };

  const list = async (
    path: string,
    query: Readonly<Record<string, string | null | undefined>>,
  ): Promise<Page> => {
    const { data, date } = await get(path, { limit: PAGE, ...query });
    const rows = data['data'];
    // A page that is no list must not pass for an empty one, nor lack a row: absence would be
    // concluded from it.
    if (!isWireList(rows)) throw new WorkosError({ kind: 'unavailable' });
    // Without it a page in the middle would pass for the last one.
    if (!isObject(data['list_metadata'])) throw new WorkosError({ kind: 'unavailable' });
    const after = wireText(data['list_metadata']['after']);
    return { data: rows, after, date };
  };

  return {
    directory: (id) => get(`/directories/${encodeURIComponent(id)}`, {}),
    user: (id) => get(`/directory_users/${encodeURIComponent(id)}`, {}),
    group: (id) => get(`/directory_groups/${encodeURIComponent(id)}`, {}),
    users: (query) => list('/directory_users', { ...query, order: 'asc' }),
    groups: (query) => list('/directory_groups', { ...query, order: 'asc' }),
    events: ({ events, after, rangeStart }) =>
      list('/events', { events: events.join(','), after, range_start: rangeStart }),
  };
};

const isWireList = (value: unknown): value is readonly Wire[] =>
  Array.isArray(value) && value.every((row) => isObject(row));
