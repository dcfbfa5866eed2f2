import type { AuditType } from './effect.ts';

/** What leaves the database of one audit entry: ids, codes and counts. */
export interface AuditFacts {
  readonly id: string;
  readonly directoryId: string | null;
  readonly organizationId: string | null;
  readonly userId: string | null;
  readonly groupId: string | null;
  readonly eventId: string | null;
  readonly reason: string;
  readonly actor: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}

/** An audit entry as it is stored. */
type StoredEntry = Omit<AuditFacts, 'id'> & { readonly _id: string; readonly type: AuditType };

/**
 * The facts of an audit entry without anything that a person may have written: a reason, an actor or
 * a value that is no code is replaced by `withheld`. The entry itself keeps it.
 */
export const auditFacts = (entry: StoredEntry): AuditFacts => ({
  id: entry._id,
  directoryId: entry.directoryId,
  organizationId: entry.organizationId,
  userId: entry.userId,
  groupId: entry.groupId,
  eventId: entry.eventId,
  reason: codeOf(entry.reason),
  actor: codeOf(entry.actor),
  severity: entry.severity,
  metadata: Object.fromEntries(
    Object.entries(entry.metadata).map(([key, value]) => [
      key,
      typeof value === 'string' ? codeOf(value) : value,
    ]),
  ),
});

// No blank and no @: neither a sentence nor an address.
const codeOf = (text: string): string => (/^[\w.:/-]{1,200}$/.test(text) ? text : 'withheld');
