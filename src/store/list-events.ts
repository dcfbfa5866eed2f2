import type { Filter } from 'mongodb';
import type { Database } from './database.ts';
import type { EventDocument, EventStatus } from './documents.ts';
import {
  ASIDE_INDEX,
  PENDING_INDEX,
  RECEIVED_BY_DIRECTORY_INDEX,
  RECEIVED_INDEX,
  TEST_EVENTS_INDEX,
} from './indexes.ts';

export const EVENT_STATUSES = ['pending', 'applied', 'ignored', 'parked'] as const;
export const EVENT_VIAS = ['webhook', 'poll', 'test'] as const;

/** A line of the inbox; what the event says is left out. */
export type EventRow = Omit<EventDocument, 'payload' | 'directoryUserId'>;

export interface EventsWanted {
  readonly directoryId?: string | undefined;
  readonly status?: EventStatus | undefined;
  readonly type?: string | undefined;
  readonly via?: EventDocument['via'] | undefined;
}

/** A place in the inbox; what follows it is older. */
export interface EventPosition {
  readonly receivedAt: Date;
  readonly id: string;
}

export interface EventsPage {
  readonly events: readonly EventRow[];
  /** Where the next page begins; null at the end of the inbox. */
  readonly next: EventPosition | null;
}

interface PageRequest {
  readonly wanted: EventsWanted;
  readonly limit: number;
  /** Null begins with the newest. */
  readonly after: EventPosition | null;
  readonly now: Date;
  /** Events that the page looks at for those wanted; 1,000 if left out. A bound on its cost. */
  readonly lookAt?: number;
}

type From = Pick<Database, 'events'>;
type Hint = Readonly<Record<string, 1>>;

const LOOK_AT = 1000;
const HOUR_MS = 3_600_000;
const SPANS_MS = [HOUR_MS, 24 * HOUR_MS, 30 * 24 * HOUR_MS, null];

/**
 * Up to `limit` events, those received last first. A page looks at a bounded number of events,
 * so it may hold fewer than were asked for, or none, and still have a next one.
 */
export const eventsPage = async (database: From, request: PageRequest): Promise<EventsPage> => {
  const { wanted, limit, lookAt = LOOK_AT } = request;
  const few = indexOfFew(wanted);
  if (few !== null) return cut(await newest(database, { ...request, hint: few }), limit);
  const { directoryId, ...rest } = wanted;
  const all = { ...request, wanted: { directoryId }, hint: indexOfAll(directoryId) };
  if (Object.values(rest).every((value) => value === undefined)) {
    return cut(await newest(database, all), limit);
  }
  const lookedAt = await newest(database, { ...all, limit: lookAt - 1 });
  const page = cut(
    lookedAt.filter((event) => isWanted(event, wanted)),
    limit,
  );
  if (page.next !== null || lookedAt.length < lookAt) return page;
  return { ...page, next: positionOf(lookedAt.at(-1)) };
};

/** The index that holds only events like these, where there is one. */
const indexOfFew = ({ status, via }: EventsWanted): Hint | null => {
  if (via === 'test') return TEST_EVENTS_INDEX;
  switch (status) {
    case 'pending':
      return PENDING_INDEX;
    case 'parked':
    case 'ignored':
      return ASIDE_INDEX;
    case 'applied':
    case undefined:
      return null;
  }
};

const indexOfAll = (directoryId: string | undefined): Hint =>
  directoryId === undefined ? RECEIVED_INDEX : RECEIVED_BY_DIRECTORY_INDEX;

const isWanted = (event: EventRow, { status, type, via }: EventsWanted): boolean =>
  (status === undefined || event.status === status) &&
  (type === undefined || event.type === type) &&
  (via === undefined || event.via === via);

/** One event more than the limit, which tells whether there is another page. */
const newest = async (
  { events }: From,
  { wanted, limit, after, now, hint }: PageRequest & { readonly hint: Hint },
): Promise<EventRow[]> => {
  const from = after?.receivedAt ?? now;
  let found: EventRow[] = [];
  // A span at a time, since not every server stops reading an index where the limit is reached.
  for (const span of SPANS_MS) {
    const since = span === null ? null : new Date(from.getTime() - span);
    // oxlint-disable-next-line no-await-in-loop -- a longer span only where the shorter holds too few
    found = await events
      .find(
        { ...equal(wanted), ...olderThan(after, since) },
        { projection: { payload: 0, directoryUserId: 0 }, hint },
      )
      .sort({ receivedAt: -1, _id: -1 })
      .limit(limit + 1)
      .toArray();
    if (found.length > limit) break;
  }
  return found;
};

const equal = (wanted: EventsWanted): Filter<EventDocument> =>
  Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));

const olderThan = (after: EventPosition | null, since: Date | null): Filter<EventDocument> => ({
  receivedAt: {
    // A time that everything is newer than keeps the query's shape, and with it the index.
    $gt: since ?? new Date(0),
    ...(after === null ? {} : { $lte: after.receivedAt }),
  },
  ...(after === null
    ? {}
    : {
        $or: [
          { receivedAt: { $lt: after.receivedAt } },
          { receivedAt: after.receivedAt, _id: { $lt: after.id } },
        ],
      }),
});

const cut = (found: readonly EventRow[], limit: number): EventsPage => {
  const events = found.slice(0, limit);
  return { events, next: found.length > limit ? positionOf(events.at(-1)) : null };
};

const positionOf = (event: EventRow | undefined): EventPosition | null =>
  event === undefined ? null : { receivedAt: event.receivedAt, id: event._id };
