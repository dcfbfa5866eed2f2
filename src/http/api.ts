import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Database } from '../store/database.ts';
import { refusalOfOperator } from './admission.ts';
import { IndexAnswer, NoQuery } from './api-schemas.ts';
import { directoryRoutes } from './api-directories.ts';
import { eventRoutes } from './api-events.ts';
import { personRoutes } from './api-people.ts';
import { refuse } from './error-reply.ts';

export const API_PATH = '/api/v1';

export interface ApiDeps {
  readonly database: Database;
  /** Bearer token; null where only this machine can reach the server. */
  readonly adminToken: string | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A server whose routes take their types from their schemas. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** The operators' API, for reading only: ids, words, counts and times, and nobody's personal data. */
export const apiRoutes =
  (deps: ApiDeps) =>
  (app: FastifyInstance, _options: object, done: () => void): void => {
    app.addHook('onRequest', async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const refusal = refusalOfOperator(request, deps.adminToken);
      if (refusal !== null) await refuse(reply, refusal);
    });
    const routes: string[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      if (method === 'GET') routes.push(`${method} ${url}`);
    });
    const api: ApiServer = app.withTypeProvider<TypeBoxTypeProvider>();
    api.get('/', { schema: { querystring: NoQuery, response: { 200: IndexAnswer } } }, () => ({
      routes: routes.toSorted(),
    }));
    directoryRoutes(api, deps);
    eventRoutes(api, deps);
    personRoutes(api, deps);
    done();
  };
