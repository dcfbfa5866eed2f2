import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import { refusalOfOperator } from './admission.ts';
import { API_PATH, apiRoutes, type ApiDeps } from './api.ts';
import { answerError, refuse } from './error-reply.ts';
import { healthRoutes, type HealthDeps } from './health.ts';
import { webhookRoute, type WebhookDeps } from './webhook.ts';

export interface AppDeps extends WebhookDeps, HealthDeps, ApiDeps {
  readonly log: Log;
  readonly trustProxy: number | readonly string[] | false;
  /** Whether the webhook is served at all. */
  readonly webhook: boolean;
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
    // A parameter that is not known is a mistake to be told, not to be dropped.
    ajv: { customOptions: { removeAdditional: false } },
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) => refuse(reply, 'not-found'));
  void app.register(healthRoutes(deps));
  if (webhook) void app.register(webhookRoute(deps));
  void app.register(apiRoutes(deps), { prefix: API_PATH });
  app.get('/metrics', async (request, reply) => {
    const refusal = refusalOfOperator(request, adminToken);
    if (refusal !== null) return refuse(reply, refusal);
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
