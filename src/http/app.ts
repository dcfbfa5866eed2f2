import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import { hasBearerToken } from './bearer-token.ts';
import { answerError, refuse } from './error-reply.ts';
import { healthRoutes, type HealthDeps } from './health.ts';
import { webhookRoute, type WebhookDeps } from './webhook.ts';

export interface AppDeps extends WebhookDeps, HealthDeps {
  readonly log: Log;
  readonly trustProxy: number | readonly string[] | false;
  /** Whether the webhook is served at all. */
  readonly webhook: boolean;
  /** Bearer token of `/metrics`; null leaves it open, for a server bound to loopback. */
  readonly adminToken: string | null;
}

/** The HTTP server of a deployment, not yet listening. Closing it finishes open requests first. */
export const createApp = (deps: AppDeps): FastifyInstance => {
  const { log, trustProxy, webhook, adminToken, metrics } = deps;
  const logger: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance: logger,
    // Every webhook would be two lines with the sender's address; metrics count them instead.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies(trustProxy),
    requestTimeout: 10_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) => refuse(reply, 'not-found'));
  void app.register(healthRoutes(deps));
  if (webhook) void app.register(webhookRoute(deps));
  app.get('/metrics', async (request, reply) => {
    if (adminToken !== null && !hasBearerToken(request.headers.authorization, adminToken)) {
      return refuse(reply, 'unauthorized');
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return app;
};

/** Hops are counted from this server outwards: the first so many senders are believed. */
const trustedProxies = (
  trust: AppDeps['trustProxy'],
): false | string[] | ((address: string, hop: number) => boolean) => {
  if (trust === false) return false;
  return typeof trust === 'number' ? (_address, hop) => hop < trust : [...trust];
};
