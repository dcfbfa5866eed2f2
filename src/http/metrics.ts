import { Counter, Histogram, Registry } from 'prom-client';

/** Counters of one server. Labels carry types and codes, never ids. */
export interface Metrics {
  readonly registry: Registry;
  readonly received: (labels: { readonly type: string; readonly via: string }) => void;
  readonly duplicate: (labels: { readonly type: string; readonly via: string }) => void;
  readonly rejected: (code: string) => void;
  /** From the arrival of a request to the answer that its event is durable, in seconds. */
  readonly intakeSeconds: (seconds: number) => void;
}

/** Metrics in a registry of their own, so that two servers in one process do not meet. */
export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const received = new Counter({
    name: 'directory_sync_events_received_total',
    help: 'Events stored in the inbox.',
    labelNames: ['type', 'via'],
    registers: [registry],
  });
  const duplicates = new Counter({
    name: 'directory_sync_events_duplicate_total',
    help: 'Events that were stored already.',
    labelNames: ['type', 'via'],
    registers: [registry],
  });
  const rejected = new Counter({
    name: 'directory_sync_webhooks_rejected_total',
    help: 'Webhook requests refused, by code.',
    labelNames: ['code'],
    registers: [registry],
  });
  const intake = new Histogram({
    name: 'directory_sync_intake_seconds',
    help: 'Seconds from the arrival of a webhook to its durable storage.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return {
    registry,
    received: (labels) => received.inc(labels),
    duplicate: (labels) => duplicates.inc(labels),
    rejected: (code) => rejected.inc({ code }),
    intakeSeconds: (seconds) => intake.observe(seconds),
  };
};
