import { randomUUID } from 'node:crypto';
import type { EffectsConfig } from '../config-effects.ts';
import type { Database } from '../store/database.ts';
import { createOutboxLane } from '../store/outbox-lane.ts';
import { createWebhookComposer } from './compose-webhook.ts';
import { createWebhookDelivery } from './deliver-webhooks.ts';
import type { Lanes } from './delivering.ts';

/** Longer than a go may take, so that a lease runs out only when its worker is gone. */
const LEASE_MS = 120_000;

/** How each kind of outbox rows is delivered that the configuration is set up for. */
export const createLanes = ({
  config,
  database,
  now,
}: {
  readonly config: EffectsConfig;
  readonly database: Database;
  readonly now: () => Date;
}): Lanes => {
  const { appWebhook } = config;
  if (appWebhook === null) return {};
  const lane = createOutboxLane({ database, kind: 'webhook', newClaim: randomUUID });
  return {
    webhook: {
      deliverSome: createWebhookDelivery({
        lane,
        findAudit: (ids) => database.auditLog.find({ _id: { $in: [...ids] } }).toArray(),
        compose: createWebhookComposer(appWebhook.secrets),
        url: appWebhook.url,
        leaseMs: LEASE_MS,
        now,
        random: Math.random,
      }),
      nextDue: () => lane.nextDue(),
    },
  };
};
