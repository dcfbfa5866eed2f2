import { auditFacts } from '../domain/audit-facts.ts';
import type { AuditDocument, OutboxDocument } from '../store/documents.ts';
import type { StreamedEvent } from '../store/read-streamed.ts';

/** One line of a stream: ids, codes and counts. */
export interface StreamEntry {
  readonly at: Date;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  /** Under `dsync.` in every stream. Those that are null are left out. */
  readonly attributes: Readonly<Record<string, string | number | boolean | null>>;
}

/** Tells of an event that was settled. */
export const eventEntry = (event: StreamedEvent, organizationId: string | null): StreamEntry => {
  const at = event.settledAt ?? event.receivedAt;
  const lagMs = at.getTime() - event.receivedAt.getTime();
  return {
    at,
    level: event.status === 'parked' ? 'error' : 'info',
    message: `${event.type} ${event.status} after ${lagMs} ms`,
    attributes: {
      kind: 'event',
      id: event._id,
      type: event.type,
      directory_id: event.directoryId,
      organization_id: organizationId,
      status: event.status,
      lag_ms: lagMs,
      via: event.via,
      // The code alone: what follows it is for the operator.
      error: event.error?.split(':')[0] ?? null,
    },
  };
};

const LEVEL = { info: 'info', warning: 'warn', error: 'error' } as const;

/** Tells of an audit entry. */
export const auditEntry = (entry: AuditDocument): StreamEntry => {
  const facts = auditFacts(entry);
  return {
    at: entry.at,
    level: LEVEL[entry.severity],
    message: `${entry.type} (${facts.reason})`,
    attributes: {
      kind: 'audit',
      id: facts.id,
      type: entry.type,
      directory_id: facts.directoryId,
      organization_id: facts.organizationId,
      user_id: facts.userId,
      group_id: facts.groupId,
      event_id: facts.eventId,
      reason: facts.reason,
      actor: facts.actor,
      ...Object.fromEntries(
        Object.entries(facts.metadata).map(([key, value]) => [`metadata.${key}`, value]),
      ),
    },
  };
};

/** Tells of a mail or a webhook that failed for good at that time. */
export const failureEntry = (
  row: OutboxDocument,
  { at, organizationId }: { readonly at: Date; readonly organizationId: string | null },
): StreamEntry => ({
  at,
  // Nobody is left to be written to: that is no fault.
  level: row.error === 'recipient-gone' ? 'info' : 'error',
  message: `${row.kind} failed (${row.error})`,
  attributes: {
    kind: 'effect',
    id: row._id,
    type: row.kind,
    directory_id: row.directoryId,
    organization_id: organizationId,
    status: row.status,
    error: row.error,
    attempts: row.attempts,
  },
});
