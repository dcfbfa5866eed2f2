import { randomUUID } from 'node:crypto';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import type { EffectsConfig } from '../config-effects.ts';
import type { LaneKind, StreamKind } from '../domain/subscriptions.ts';
import type { Log } from '../log.ts';
import type { Database } from '../store/database.ts';
import { createOutboxLane, type OutboxLane } from '../store/outbox-lane.ts';
import { readStreamed } from '../store/read-streamed.ts';
import { createWebhookComposer } from './compose-webhook.ts';
import { createDatadogSink } from './datadog-sink.ts';
import { createStreamDelivery } from './deliver-stream.ts';
import { createWebhookDelivery } from './deliver-webhooks.ts';
import type { DeliverSome, Lanes } from './delivering.ts';
import type { LogSink } from './log-sink.ts';
import { createOtelSink } from './otel-sink.ts';

/** Longer than a go may take, so that a lease runs out only when its worker is gone. */
const LEASE_MS = 120_000;

/** How each kind of outbox rows is delivered that the configuration is set up for. */
export const createLanes = ({
  config,
  database,
  log,
  now,
}: {
  readonly config: EffectsConfig;
  readonly database: Database;
  readonly log: Pick<Log, 'warn'>;
  readonly now: () => Date;
}): Lanes => {
  const { appWebhook, datadog, otel } = config;
  const delivering = { leaseMs: LEASE_MS, now, random: Math.random };
  const laneOf = (kind: LaneKind): OutboxLane =>
    createOutboxLane({ database, kind, newClaim: randomUUID });
  const stream = <Encoded>(kind: StreamKind, sink: LogSink<Encoded>) => {
    const lane = laneOf(kind);
    const read = readStreamed.bind(null, database);
    return withDue(lane, createStreamDelivery({ ...delivering, lane, read, sink }));
  };
  const findAudit = (ids: readonly string[]) =>
    database.auditLog.find({ _id: { $in: [...ids] } }).toArray();
  const webhooks = ({ secrets, url }: NonNullable<EffectsConfig['appWebhook']>) => {
    const lane = laneOf('webhook');
    const compose = createWebhookComposer(secrets);
    return withDue(lane, createWebhookDelivery({ ...delivering, lane, findAudit, compose, url }));
  };
  return {
    ...(appWebhook === null ? {} : { webhook: webhooks(appWebhook) }),
    ...(datadog === null
      ? {}
      : { datadog: stream('datadog', createDatadogSink(datadog, { now })) }),
    ...(otel === null ? {} : { otel: stream('otel', createOtelSink(exporterOf(otel), { log })) }),
  };
};

const withDue = (lane: OutboxLane, deliverSome: DeliverSome) => ({
  deliverSome,
  nextDue: () => lane.nextDue(),
});

const exporterOf = ({ protocol }: NonNullable<EffectsConfig['otel']>) => {
  switch (protocol) {
    case 'http/protobuf':
      return new ProtobufExporter();
    case 'http/json':
      return new JsonExporter();
  }
};
