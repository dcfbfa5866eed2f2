import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { isTestEventId } from '../domain/test-ids.ts';
import { WEBHOOK_PATH } from '../domain/webhook-path.ts';
import type { Inbox } from '../store/inbox.ts';
import { eventIdOf, eventTypeOf, isDirectoryEvent } from '../workos/read-event.ts';
import { readIncoming } from '../workos/read-incoming.ts';
import { verifyWebhook } from '../workos/verify-webhook.ts';
import { refusalSent, refuse } from './error-reply.ts';
import type { Metrics } from './metrics.ts';
import { isAllowedSource } from './source-allow-list.ts';
import { within } from './within.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
// The sender's own limit is unknown and may be 5 s; below it, the sender learns what happened.
const STORE_DEADLINE_MS = 4500;

export interface WebhookDeps {
  readonly inbox: Pick<Inbox, 'accept' | 'parkMalformed'>;
  /** Called after the event is durable; must return at once. */
  readonly wake: (directoryId: string) => void;
  readonly metrics: Metrics;
  readonly secrets: readonly string[];
  readonly allowedCidrs: readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The endpoint registered in WorkOS. Answers 200 only once the event is durable; a repeated
 * delivery is answered alike and changes nothing.
 */
export const webhookRoute =
  (deps: WebhookDeps) =>
  (app: FastifyInstance, _options: object, done: () => void): void => {
    const { inbox, wake, metrics, secrets, allowedCidrs, now } = deps;

    // The signature covers the bytes: nothing may parse them before it is checked.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    app.addHook('onRequest', async (request, reply) => {
      if (!isAllowedSource(request.ip, allowedCidrs)) await refuse(reply, 'source-not-allowed');
    });
    app.addHook('onSend', async (_request, reply) => {
      const code = refusalSent(reply);
      if (code !== null) metrics.rejected(code);
    });

    app.post(WEBHOOK_PATH, { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
      const arrived = now();
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const header = request.headers['workos-signature'];
      const verification = verifyWebhook({
        header: Array.isArray(header) ? header.join(',') : header,
        body,
        secrets,
        now: arrived,
      });
      if (!verification.verified) return refuse(reply, verification.code);
      const json = parseJson(body);
      if (json === undefined) return refuse(reply, 'not-json');

      const type = eventTypeOf(json);
      // Safe to go by the id: whoever signed these bytes holds the secret.
      const via = isTestEventId(eventIdOf(json) ?? '') ? 'test' : 'webhook';
      const labels = { type: isDirectoryEvent(type) ? type : 'other', via };
      const incoming = readIncoming(json, {
        via,
        hash: () => createHash('sha256').update(body).digest('hex'),
      });
      try {
        const outcome = await within(
          STORE_DEADLINE_MS,
          'reason' in incoming ? inbox.parkMalformed(incoming) : inbox.accept(incoming),
        );
        if (outcome === 'accepted') metrics.received(labels);
        else metrics.duplicate(labels);
      } catch (error) {
        request.log.error({ err: error }, 'An event could not be stored.');
        return refuse(reply, 'database-unavailable');
      }
      metrics.intakeSeconds((now() - arrived) / 1000);
      // A duplicate wakes too: the first delivery's wake may have been lost.
      if (!('reason' in incoming) && incoming.relevant && incoming.directoryId !== null) {
        wake(incoming.directoryId);
      }
      return reply.send({ received: true });
    });
    done();
  };

const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
};
