import type { FastifyInstance } from 'fastify';
import { deleteDirectory } from '../acts/directories.ts';
import { cutPage, listAnswer, rowsOf } from '../page.ts';
import { one, readListQuery, readPage, readQuery } from '../query.ts';
import { renderDirectory } from '../render.ts';
import type { DirectoryRecord } from '../state.ts';
import type { World } from '../world.ts';
import { liveDirectory } from './live-records.ts';

type ById = { Params: { id: string } };

/** GET /directories, GET and DELETE /directories/:id. */
export const directoryRoutes = (app: FastifyInstance, { state, transact }: World): void => {
  app.get('/directories', (request) => {
    const query = readListQuery(request.query, ['organization_id', 'search', 'domain']);
    const organization = one(query, 'organization_id');
    const search = one(query, 'search')?.toLowerCase();
    const domain = one(query, 'domain');
    const isShown = (directory: DirectoryRecord): boolean => {
      const domains = state.organizations.get(directory.organizationId)?.domains ?? [];
      return (
        !directory.deleted &&
        (organization === undefined || directory.organizationId === organization) &&
        (search === undefined || directory.name.toLowerCase().includes(search)) &&
        (domain === undefined || domains.some((known) => known.domain === domain))
      );
    };
    const rows = rowsOf(state.directoryOrder, state.directories, isShown);
    const page = cutPage(rows, readPage(query));
    const data = page.data.map((directory) => renderDirectory(state, directory));
    return listAnswer({ ...page, data });
  });

  app.get<ById>('/directories/:id', (request) => {
    readQuery(request.query, []);
    return renderDirectory(state, liveDirectory(state, request.params.id));
  });

  app.delete<ById>('/directories/:id', async (request, reply) => {
    readQuery(request.query, []);
    transact((draft) => deleteDirectory(draft, liveDirectory(draft.state, request.params.id)));
    return reply.code(202).send({});
  });
};
