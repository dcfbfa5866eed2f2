import { auditId, type AuditEntry } from '../domain/effect.ts';
import type { AuditDocument } from './documents.ts';
import { tellOfAudit } from './write-outbox.ts';
import { UNORDERED, type Writing } from './writing.ts';

/** Writes audit entries, and tells whoever subscribes; one that is already there stays as it is. */
export const writeAudit = async (
  writing: Writing,
  entries: readonly AuditEntry[],
): Promise<void> => {
  if (entries.length === 0) return;
  const documents = entries.map((entry) => auditDocument(entry, writing.now));
  const { auditLog } = writing.database;
  const { session } = writing;
  if (writing.attempt === 0) {
    await auditLog.insertMany(documents, { session, ...UNORDERED });
    await tellOfAudit(writing, documents);
    return;
  }
  await auditLog.bulkWrite(
    documents.map(({ _id, ...rest }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true },
    })),
    { session, ...UNORDERED },
  );
  await tellOfAudit(writing, documents);
};

const auditDocument = (entry: AuditEntry, now: Date): AuditDocument => ({
  _id: auditId(entry),
  at: now,
  type: entry.type,
  directoryId: entry.directoryId,
  organizationId: entry.organizationId,
  userId: entry.userId,
  groupId: entry.groupId,
  eventId: entry.cause.event,
  reason: entry.reason,
  actor: entry.actor ?? 'directory_sync',
  severity: entry.severity,
  metadata: { ...entry.metadata },
});
