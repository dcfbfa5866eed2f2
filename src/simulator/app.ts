import Fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Controls } from './controls.ts';
import type { Random } from './random.ts';
import { createRateLimit } from './rate-limit.ts';
import { Refusal } from './refusal.ts';
import { controlRoutes } from './routes/control.ts';
import { directoryRoutes } from './routes/directories.ts';
import { directoryGroupRoutes } from './routes/directory-groups.ts';
import { directoryUserRoutes } from './routes/directory-users.ts';
import { eventRoutes } from './routes/events.ts';
import { portalPage, portalRoutes } from './routes/portal.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts';
import type { World } from './world.ts';

const BODY_LIMIT = 64 * 1024 * 1024;
const KEY = /^Bearer (sk_\S+)$/;

type Dependencies = { readonly world: World; readonly controls: Controls; readonly random: Random };

const refuseTooMany = async (reply: FastifyReply, waitMs: number): Promise<FastifyReply> =>
  reply
    .code(429)
    .header('retry-after', String(Math.ceil(waitMs / 1_000)))
    .send({ message: 'Too many requests.' });

/** The API of WorkOS: key first, then the limit of all, then the failures the knobs ask for, then the route. */
const api = (app: FastifyInstance, { world, random }: Dependencies): void => {
  const { now, state } = world;
  const perMinute = createRateLimit({ windowMs: 60_000, now });
  const perSecond = createRateLimit({ windowMs: 1_000, now });

  app.addHook('onRequest', async (request, reply) => {
    const key = KEY.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw new Refusal(401, 'Unauthorized');
    const { limits, requestsPerMinute, tooManyRequestsRatio, serverErrorRatio } = state.knobs;
    const waitMs = limits ? perMinute.take(key, requestsPerMinute) : 0;
    if (waitMs > 0) return refuseTooMany(reply, waitMs);
    if (random.chance(tooManyRequestsRatio)) return refuseTooMany(reply, 1_000);
    if (random.chance(serverErrorRatio)) {
      throw new Refusal([500, 502, 503][random.below(3)] ?? 500, 'Internal Server Error');
    }
    return undefined;
  });

  directoryRoutes(app, world);
  directoryUserRoutes(app, world, perSecond);
  directoryGroupRoutes(app, world);
  eventRoutes(app, world);
  webhookEndpointRoutes(app, world);
  portalRoutes(app, world);
};

/** The HTTP server: the API, the portal's page, and the controls under /_simulator. */
export const createApp = (dependencies: Dependencies): FastifyInstance => {
  const { world, controls } = dependencies;
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('date', new Date(world.now()).toUTCString());
  });
  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    if (error instanceof Refusal) return reply.code(error.status).send(error.body);
    const status = error.statusCode ?? 500;
    const message = status < 500 ? error.message : 'Internal Server Error';
    if (status >= 500) process.stderr.write(`simulator: ${error.message}\n`);
    return reply.code(status).send({ message });
  });
  app.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({ message: `Cannot ${request.method} ${request.url.split('?')[0]}` }),
  );
  // An empty JSON body is no body: some clients send the header with every request.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') {
      done(null, undefined);
      return;
    }
    try {
      done(null, JSON.parse(String(body)));
    } catch {
      done(new Refusal(400, 'The body is not JSON.'));
    }
  });

  app.register(async (scope) => api(scope, dependencies));
  app.register(async (scope) => portalPage(scope, world));
  app.register(async (scope) => controlRoutes(scope, controls), { prefix: '/_simulator' });
  return app;
};
