import type { FastifyInstance, FastifyReply } from 'fastify';
import { listAnswer } from '../page.ts';
import { one, readListQuery, readPage, readQuery } from '../query.ts';
import type { Query } from '../query.ts';
import type { RateLimit } from '../rate-limit.ts';
import { invalidField, notFound } from '../refusal.ts';
import { renderListedUser } from '../render.ts';
import type { GroupRecord, State, UserRecord } from '../state.ts';
import type { World } from '../world.ts';
import { liveDirectory, liveGroup, liveUser } from './live-records.ts';
import { cutListing } from './members-page.ts';

type Scope = { readonly directory: string; readonly group: GroupRecord | undefined };

const readScope = (state: Readonly<State>, query: Query): Scope => {
  const directoryId = one(query, 'directory');
  const groupId = one(query, 'group');
  const group = groupId === undefined ? undefined : liveGroup(state, groupId);
  const directory = directoryId ?? group?.wire.directory_id;
  if (directory === undefined) {
    throw invalidField('directory', 'required', 'Validation failed: name a directory or a group.');
  }
  for (const name of ['idp_id', 'email']) {
    if (directoryId === undefined && one(query, name) !== undefined) {
      throw invalidField('directory', 'required', `Validation failed: ${name} needs a directory.`);
    }
  }
  liveDirectory(state, directory);
  if (group !== undefined && group.wire.directory_id !== directory) {
    throw notFound('Directory Group', group.id);
  }
  return { directory, group };
};

const filterOf = (query: Query): ((user: UserRecord) => boolean) => {
  const idpId = one(query, 'idp_id');
  const email = one(query, 'email')?.toLowerCase();
  return ({ wire }) =>
    (idpId === undefined || wire.idp_id === idpId) &&
    (email === undefined || wire.email?.toLowerCase() === email);
};

/** The 429 of this route is a bare JSON string. */
const refuseTooMany = async (reply: FastifyReply, waitMs: number): Promise<FastifyReply> =>
  reply
    .code(429)
    .header('retry-after', String(Math.ceil(waitMs / 1_000)))
    .type('application/json')
    .send(JSON.stringify('Ratelimited'));

/** GET /directory_users (a few a second and directory) and /directory_users/:id. */
export const directoryUserRoutes = (
  app: FastifyInstance,
  { state }: World,
  rateLimit: RateLimit,
): void => {
  app.get('/directory_users', async (request, reply) => {
    const query = readListQuery(request.query, ['directory', 'group', 'idp_id', 'email']);
    const asked = readPage(query);
    const { directory, group } = readScope(state, query);
    const { limits, directoryUsersPerSecond } = state.knobs;
    const waitMs = limits ? rateLimit.take(directory, directoryUsersPerSecond) : 0;
    if (waitMs > 0) return refuseTooMany(reply, waitMs);
    const page = cutListing(
      {
        order: state.usersOf.get(directory) ?? [],
        records: state.users,
        positions: group === undefined ? undefined : (state.membersOf.get(group.id) ?? []),
        isShown: filterOf(query),
      },
      asked,
    );
    const data = page.data.map((user) => renderListedUser(state, user));
    return listAnswer({ ...page, data });
  });

  app.get<{ Params: { id: string } }>('/directory_users/:id', (request) => {
    readQuery(request.query, []);
    return renderListedUser(state, liveUser(state, request.params.id));
  });
};
