import { eventsPage } from '../store/list-events.ts';
import type { ApiDeps, ApiServer } from './api.ts';
import { EventsAnswer, EventsQuery } from './api-schemas.ts';
import { refuse } from './error-reply.ts';
import { CURSOR_REFUSED, placeOf, toCursor } from './page-cursor.ts';

/** The inbox, without what the events say. */
export const eventRoutes = (api: ApiServer, { database, now }: ApiDeps): void => {
  api.get(
    '/events',
    { schema: { querystring: EventsQuery, response: { 200: EventsAnswer } } },
    async ({ query }, reply) => {
      const { limit, cursor, directory, type, status, via } = query;
      const place = cursor === undefined ? null : placeOf(cursor);
      if (cursor !== undefined && place === null) {
        return refuse(reply, 'bad-request', CURSOR_REFUSED);
      }
      const { events, next } = await eventsPage(database, {
        wanted: { directoryId: directory, type, status, via },
        limit,
        after: place === null ? null : { receivedAt: place.at, id: place.id },
        now: new Date(now()),
      });
      return reply.send({
        events: events.map(({ _id, ...event }) => ({ id: _id, ...event })),
        next: next === null ? null : toCursor([next.receivedAt, next.id]),
      });
    },
  );
};
