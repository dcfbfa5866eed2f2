import { groupById } from '../store/group-by-id.ts';
import { personById } from '../store/person-by-id.ts';
import type { ApiDeps, ApiServer } from './api.ts';
import { ById, GroupAnswer, MembersQuery, NoQuery, PersonAnswer } from './api-schemas.ts';
import { refuse } from './error-reply.ts';
import { CURSOR_REFUSED, textOf, toCursor } from './page-cursor.ts';

/** One person's access, and one group with its people. */
export const personRoutes = (api: ApiServer, { database }: ApiDeps): void => {
  api.get(
    '/users/:id',
    { schema: { params: ById, querystring: NoQuery, response: { 200: PersonAnswer } } },
    async ({ params }, reply) => {
      const person = await personById(database, params.id);
      if (person === null) return refuse(reply, 'not-found');
      const roles = person.roles.map((role) => ({ ...role, via: [...role.via] }));
      return reply.send({ ...person, groups: [...person.groups], roles });
    },
  );

  api.get(
    '/groups/:id',
    { schema: { params: ById, querystring: MembersQuery, response: { 200: GroupAnswer } } },
    async ({ params, query }, reply) => {
      const after = query.cursor === undefined ? null : textOf(query.cursor);
      if (query.cursor !== undefined && after === null) {
        return refuse(reply, 'bad-request', CURSOR_REFUSED);
      }
      const group = await groupById(database, params.id, { limit: query.limit, after });
      if (group === null) return refuse(reply, 'not-found');
      const next = group.next === null ? null : toCursor([group.next]);
      return reply.send({ ...group, members: [...group.members], next });
    },
  );
};
