import type { FastifyInstance } from 'fastify';
import { EVENT_NAMES } from '../event-names.ts';
import { one, readPage, readQuery } from '../query.ts';
import type { Query } from '../query.ts';
import { Refusal } from '../refusal.ts';
import { renderEvent } from '../render.ts';
import type { EventRecord, State } from '../state.ts';
import type { World } from '../world.ts';

const DAY_MS = 86_400_000;
const LONGEST_RANGE_MS = 30 * DAY_MS;

const PARAMETERS = [
  'events',
  'events[]',
  'range_start',
  'range_end',
  'organization_id',
  'after',
  'before',
  'limit',
  'order',
];

const readNames = (query: Query): ReadonlySet<string> => {
  const names = [...(query['events'] ?? []), ...(query['events[]'] ?? [])]
    .flatMap((value) => value.split(','))
    .filter((name) => name !== '');
  if (names.length === 0) {
    throw new Refusal(422, 'Validation failed.', {
      errors: [{ code: 'required', field: 'events' }],
    });
  }
  const unknown = names.filter((name) => !EVENT_NAMES.has(name));
  if (unknown.length > 0) {
    throw new Refusal(400, `Invalid event names: ${unknown.join(', ')}.`, {
      code: 'invalid_events_request',
    });
  }
  return new Set(names);
};

const readTime = (query: Query, name: string): number | undefined => {
  const value = one(query, name);
  if (value === undefined) return undefined;
  const time = Date.parse(value);
  if (Number.isNaN(time)) {
    throw new Refusal(400, `The parameter ${name} must be an ISO 8601 time.`, {
      code: 'invalid_date_range',
    });
  }
  return time;
};

const readRange = (
  query: Query,
  now: number,
): { start: number | undefined; end: number | undefined } => {
  const start = readTime(query, 'range_start');
  const end = readTime(query, 'range_end');
  if (start !== undefined && one(query, 'after') !== undefined) {
    throw new Refusal(400, 'The parameters after and range_start exclude each other.');
  }
  const span = start === undefined ? 0 : (end ?? now) - start;
  if (end !== undefined && span < 0) {
    throw new Refusal(400, 'The parameter range_end must not be before range_start.', {
      code: 'invalid_date_range',
    });
  }
  if (end !== undefined && span > LONGEST_RANGE_MS) {
    throw new Refusal(400, 'The range must not span more than 30 days.', {
      code: 'invalid_date_range',
    });
  }
  return { start, end };
};

/** Where a cursor stands in the log; throws the 400 that an expired or unknown one gets. */
const cursorPosition = (state: Readonly<State>, cursor: string, oldest: number): number => {
  const position = state.eventPositions.get(cursor);
  const at = position === undefined ? undefined : state.events[position]?.at;
  const { expireCursorsBefore } = state.knobs;
  const expiry = expireCursorsBefore === null ? oldest : Date.parse(expireCursorsBefore);
  if (position === undefined || at === undefined || at < Math.max(oldest, expiry)) {
    throw new Refusal(400, `The cursor '${cursor}' is unknown or expired.`, {
      code: 'invalid_cursor',
    });
  }
  return position;
};

/** The first event at or after a time: events are in order of time. */
const firstFrom = (events: readonly EventRecord[], time: number): number => {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.at ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** GET /events: always oldest first (`order` is taken and ignored, as WorkOS does). */
export const eventRoutes = (app: FastifyInstance, { state, now }: World): void => {
  app.get('/events', (request) => {
    const query = readQuery(request.query, PARAMETERS);
    const { limit, after, before } = readPage(query);
    const names = readNames(query);
    const organization = one(query, 'organization_id');
    const time = now();
    const range = readRange(query, time);
    const { events, knobs } = state;

    const oldest = time - knobs.retentionDays * DAY_MS;
    const first = firstFrom(events, Math.max(oldest, range.start ?? oldest));
    // Only a read by range shows the newest events at once.
    const visible = range.start === undefined ? time - knobs.visibilityLagMs : time;
    const last = Math.min(
      firstFrom(events, visible + 1),
      range.end === undefined ? events.length : firstFrom(events, range.end),
    );
    const isShown = (event: EventRecord): boolean =>
      names.has(event.event) &&
      (organization === undefined || event.directory.organizationId === organization);

    const found: EventRecord[] = [];
    if (before !== undefined) {
      const end = Math.min(last, cursorPosition(state, before, oldest));
      for (let index = end - 1; index >= first && found.length < limit; index -= 1) {
        const event = events[index];
        if (event !== undefined && isShown(event)) found.unshift(event);
      }
      return answer(state, found, found.at(-1)?.id ?? null);
    }
    const start = after === undefined ? first : cursorPosition(state, after, oldest) + 1;
    for (let index = start; index < last && found.length <= limit; index += 1) {
      const event = events[index];
      if (event !== undefined && isShown(event)) found.push(event);
    }
    const shown = found.slice(0, limit);
    return answer(state, shown, found.length > limit ? (shown.at(-1)?.id ?? null) : null);
  });
};

const answer = (
  state: Readonly<State>,
  events: readonly EventRecord[],
  after: string | null,
): unknown => ({
  object: 'list',
  data: events.map((event) => renderEvent(state, event)),
  list_metadata: { after },
});
