import { AUDIT_TYPES, type AuditType } from './effect.ts';

/** Where settled events and audit entries are streamed to. */
export const STREAM_KINDS = ['datadog', 'otel'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/** The kinds of outbox rows that may be delivered more than once; mail is not among them. */
export const LANE_KINDS = ['webhook', ...STREAM_KINDS] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

/** Who is told of what is written. Each commits with an outbox row for everyone who is told. */
export interface Subscriptions {
  /** Types of audit entries that the application is sent; empty: no webhooks. */
  readonly webhook: ReadonlySet<AuditType>;
  readonly streams: readonly StreamKind[];
}

/** Nobody is told, and nothing is written for it. */
export const NO_SUBSCRIPTIONS: Subscriptions = { webhook: new Set(), streams: [] };

/** Whether `name` is a type of audit entry. */
export const isAuditType = (name: string): name is AuditType =>
  AUDIT_TYPES.some((type) => type === name);

/** The kinds of outbox rows that these subscriptions write. */
export const lanesOf = ({ webhook, streams }: Subscriptions): readonly LaneKind[] => [
  ...(webhook.size === 0 ? [] : (['webhook'] as const)),
  ...streams,
];
