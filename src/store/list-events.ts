import type { Filter } from 'mongodb';
import type { Database } from './database.ts';
import type { EventDocument, EventStatus } from './documents.ts';

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

const LOOK_AT = 1000;
const HOUR_MS = 3_600_000;
const SPANS_MS = [HOUR_MS, 24 * HOUR_MS, 30 * 24 * HOUR_MS, null];

/**
 * Up to `limit` events, those received last first. A page looks at a bounded number of events,
 * so it may hold fewer than were asked for, or none, and still have a next one.
 */
export const eventsPage = async (database: From, request: PageRequest): Promise<EventsPage> => {
  const { wanted, limit, lookAt = LOOK_AT } = request;
  if (areFew(wanted)) return cut(await newest(database, request), limit);
  const { directoryId, ...rest } = wanted;
  const all = { ...request, wanted: { directoryId } };
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

/** Whether an index holds only events like these; of others a part of the inbox is looked through. */
const areFew = ({ status, via }: EventsWanted): boolean =>
  via === 'test' || (status !== undefined && status !== 'applied');

const isWanted = (event: EventRow, { status, type, via }: EventsWanted): boolean =>
  (status === undefined || event.status === status) &&
  (type === undefined || event.type === type) &&
  (via === undefined || event.via === via);

/** One event more than the limit, which tells whether there is another page. */
const newest = async (
  database: From,
  { wanted, limit, after, now }: PageRequest,
): Promise<readonly EventRow[]> => {
  const from = after?.receivedAt ?? now;
  // Those of the same millisecond first: a query for both at once would find no index.
  const twins =
    after === null
      ? []
      : await find(database, {
          wanted: { ...equal(wanted), receivedAt: after.receivedAt, _id: { $lt: after.id } },
          limit: limit + 1,
        });
  let older: readonly EventRow[] = [];
  // A span at a time, since not every server stops reading an index where the limit is reached.
  for (const span of SPANS_MS) {
    if (twins.length > limit) break;
    const receivedAt = {
      $gt: span === null ? new Date(0) : new Date(from.getTime() - span),
      ...(after === null ? {} : { $lt: after.receivedAt }),
    };
    // oxlint-disable-next-line no-await-in-loop -- a longer span only where the shorter holds too few
    older = await find(database, {
      wanted: { ...equal(wanted), receivedAt },
      limit: limit + 1 - twins.length,
    });
    if (twins.length + older.length > limit) break;
  }
  return [...twins, ...older];
};

const find = (
  { events }: From,
  { wanted, limit }: { readonly wanted: Filter<EventDocument>; readonly limit: number },
): Promise<EventRow[]> =>
  events
    .find(wanted, { projection: { payload: 0, directoryUserId: 0 } })
    .sort({ receivedAt: -1, _id: -1 })
    .limit(limit)
    .toArray();

const equal = (wanted: EventsWanted): Filter<EventDocument> =>
  Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));

const cut = (found: readonly EventRow[], limit: number): EventsPage => {
  const events = found.slice(0, limit);
  return { events, next: found.length > limit ? positionOf(events.at(-1)) : null };
};

const positionOf = (event: EventRow | undefined): EventPosition | null =>
  event === undefined ? null : { receivedAt: event.receivedAt, id: event._id };
