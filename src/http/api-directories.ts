import { directoriesHealth, directoryHealth, directoryPage } from '../store/directory-health.ts';
import { allStatistics, directoryChanges, directoryStatistics } from '../store/read-statistics.ts';
import type { ApiDeps, ApiServer } from './api.ts';
import {
  AllStatisticsAnswer,
  AllStatisticsQuery,
  ById,
  DaysQuery,
  DirectoriesAnswer,
  DirectoriesQuery,
  DirectoryAnswer,
  NoQuery,
  StatisticsAnswer,
} from './api-schemas.ts';
import { firstMoment } from '../store/statistics-days.ts';
import { refuse } from './error-reply.ts';
import { CURSOR_REFUSED, textOf, toCursor } from './page-cursor.ts';

/** How directories do, and what became of their events. */
export const directoryRoutes = (api: ApiServer, { database, now }: ApiDeps): void => {
  /** The directories that a query asks for; null when its cursor is none of ours. */
  const page = async (query: { readonly limit: number; readonly cursor?: string }) => {
    const after = query.cursor === undefined ? null : textOf(query.cursor);
    if (query.cursor !== undefined && after === null) return null;
    const { ids, next } = await directoryPage(database, { limit: query.limit, after });
    return { ids, next: next === null ? null : toCursor([next]) };
  };

  api.get(
    '/directories',
    { schema: { querystring: DirectoriesQuery, response: { 200: DirectoriesAnswer } } },
    async ({ query }, reply) => {
      const wanted = await page(query);
      if (wanted === null) return refuse(reply, 'bad-request', CURSOR_REFUSED);
      const { ids, next } = wanted;
      const directories = await directoriesHealth(database, { ids, now: new Date(now()) });
      return reply.send({ directories: [...directories], next });
    },
  );

  api.get(
    '/directories/:id',
    { schema: { params: ById, querystring: NoQuery, response: { 200: DirectoryAnswer } } },
    async ({ params }, reply) => {
      const at = new Date(now());
      const health = await directoryHealth(database, { directoryId: params.id, now: at });
      return health === null ? refuse(reply, 'not-found') : reply.send(health);
    },
  );

  api.get(
    '/directories/:id/stats',
    { schema: { params: ById, querystring: DaysQuery, response: { 200: StatisticsAnswer } } },
    async ({ params, query }, reply) => {
      const known = await database.directories.findOne(
        { _id: params.id },
        { projection: { _id: 1 } },
      );
      if (known === null) return refuse(reply, 'not-found');
      const wanted = { directoryId: params.id, days: query.days, now: new Date(now()) };
      const [statistics, changes] = await Promise.all([
        directoryStatistics(database, wanted),
        directoryChanges(database, wanted),
      ]);
      const { events, daily, ...span } = statistics;
      return reply.send({
        directory: params.id,
        ...span,
        events: [...events],
        daily: [...daily],
        changes: [...changes],
      });
    },
  );

  api.get(
    '/stats',
    { schema: { querystring: AllStatisticsQuery, response: { 200: AllStatisticsAnswer } } },
    async ({ query }, reply) => {
      const wanted = await page(query);
      if (wanted === null) return refuse(reply, 'bad-request', CURSOR_REFUSED);
      const span = { days: query.days, now: new Date(now()) };
      const directories = await Promise.all(
        wanted.ids.map(async (directoryId) => ({
          directory: directoryId,
          ...(await directoryStatistics(database, { directoryId, ...span })),
        })),
      );
      // The sum of all stands on the first page only: it costs as much as all pages together.
      const all = query.cursor === undefined ? await allStatistics(database, span) : null;
      return reply.send({
        days: query.days,
        since: firstMoment(span.now, span.days),
        total: all === null ? null : { events: [...all.events], daily: [...all.daily] },
        directories: directories.map(({ directory, events }) => ({
          directory,
          events: [...events],
        })),
        next: wanted.next,
      });
    },
  );
};
