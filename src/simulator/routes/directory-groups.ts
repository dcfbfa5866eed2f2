import type { FastifyInstance } from 'fastify';
import { listAnswer } from '../page.ts';
import { one, readListQuery, readPage, readQuery } from '../query.ts';
import { invalidField, notFound } from '../refusal.ts';
import type { World } from '../world.ts';
import { liveDirectory, liveGroup, liveUser } from './live-records.ts';
import { cutListing } from './members-page.ts';

/** GET /directory_groups and /directory_groups/:id. */
export const directoryGroupRoutes = (app: FastifyInstance, { state }: World): void => {
  app.get('/directory_groups', (request) => {
    const query = readListQuery(request.query, ['directory', 'user']);
    const asked = readPage(query);
    const userId = one(query, 'user');
    const user = userId === undefined ? undefined : liveUser(state, userId);
    const directory = one(query, 'directory') ?? user?.wire.directory_id;
    if (directory === undefined) {
      throw invalidField('directory', 'required', 'Validation failed: name a directory or a user.');
    }
    liveDirectory(state, directory);
    if (user !== undefined && user.wire.directory_id !== directory) {
      throw notFound('Directory User', user.id);
    }
    const page = cutListing(
      {
        order: state.groupsOf.get(directory) ?? [],
        records: state.groups,
        positions: user === undefined ? undefined : (state.groupsOfUser.get(user.id) ?? []),
        isShown: () => true,
      },
      asked,
    );
    return listAnswer({ ...page, data: page.data.map(({ wire }) => wire) });
  });

  app.get<{ Params: { id: string } }>('/directory_groups/:id', (request) => {
    readQuery(request.query, []);
    return liveGroup(state, request.params.id).wire;
  });
};
