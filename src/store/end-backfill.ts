import { afterComplete, afterFailure, type ConnectionChange } from '../domain/connection.ts';
import type { AuditEntry } from '../domain/effect.ts';
import type { DirectoryId } from '../domain/ids.ts';
import { ROWS_REFUSED } from '../domain/listing-plausible.ts';
import { versionTime, type Version } from '../domain/version.ts';
import { backfillReportId } from './backfills.ts';
import { changeDirectory } from './change-directory.ts';
import type { Database } from './database.ts';
import type { DirectoryDocument, BackfillReport } from './documents.ts';
import { readPolicy } from './read-policy.ts';
import { standingFields, storedStanding } from './stored-standing.ts';
import { writeAudit } from './write-audit.ts';
import { writeContactMail } from './write-mails.ts';

/** How a backfill came to its end. */
export interface BackfillEnding {
  readonly directoryId: DirectoryId;
  readonly generation: number;
  readonly outcome: 'done' | 'failed';
  /** Why it failed, or why it concluded nobody absent; a stable code. */
  readonly reason: string | null;
  readonly fence: Version | null;
  readonly counts: BackfillReport['counts'];
  readonly now: Date;
}

/**
 * Ends a backfill. When it read every page the directory is synced as of `now`; when it failed the
 * debt is owed again, and what the failure says of the connection is marked, audited and mailed to
 * the contact, once while it lasts. Answers how many mails are due by it. A repeat changes nothing.
 */
export const endBackfill = (
  database: Database,
  ending: BackfillEnding,
): Promise<{ readonly mails: number }> =>
  changeDirectory(database, ending.directoryId, async (directory, session) => {
    const _id = backfillReportId(ending.directoryId, ending.generation);
    const refused = { _id, refused: { $exists: true } };
    const wasRefused = (await database.reports.findOne(refused, { session })) !== null;
    const end = { ...ending, reason: ending.reason ?? (wasRefused ? ROWS_REFUSED : null) };
    const done = end.outcome === 'done';
    await database.reports.updateOne(
      { _id, outcome: 'running' },
      { $set: { endedAt: end.now, outcome: end.outcome, reason: end.reason, counts: end.counts } },
      { session },
    );
    if (directory.sync.backfilling !== end.generation) return { result: { mails: 0 } };
    const writing = { database, session, now: end.now, attempt: 1 };
    const { contact } = await readPolicy(database, end.directoryId, session);
    const change = changeOf(directory, end, contact !== null);
    if (change.audit !== null) await writeAudit(writing, [endEntry(directory, end, change.audit)]);
    if (change.mail !== null && contact !== null)
      await writeContactMail(writing, {
        template: 'credentials-invalid',
        directoryId: end.directoryId,
        to: contact,
        key: `${change.mail.reason}:${change.mail.since}`,
        variables: {},
        expiresAt: null,
      });
    const { attention, ...connection } = standingFields(change.standing);
    return {
      result: { mails: change.mail === null ? 0 : 1 },
      fields: {
        attention,
        ...(done
          ? { lastSyncedAt: end.fence === null ? end.now : new Date(versionTime(end.fence)) }
          : {}),
      },
      sync: {
        ...directory.sync,
        ...connection,
        backfilling: null,
        owesBackfill: directory.sync.owesBackfill || !done,
      },
    };
  });

type Ending = Omit<ConnectionChange, 'audit'> & { readonly audit: AuditEntry['type'] | null };

const changeOf = (
  directory: DirectoryDocument,
  end: BackfillEnding,
  hasContact: boolean,
): Ending => {
  const before = storedStanding(directory);
  const reason = end.reason ?? 'unexpected-failure';
  if (end.outcome === 'failed')
    return afterFailure(before, { reason, hasContact, at: end.now.getTime() });
  const standing = afterComplete(before);
  return {
    standing: { ...standing, attention: end.reason ?? standing.attention },
    audit: 'directory.synced',
    mail: null,
  };
};

const endEntry = (
  directory: DirectoryDocument,
  end: BackfillEnding,
  type: AuditEntry['type'],
): AuditEntry => ({
  type,
  cause: { event: null, key: backfillReportId(end.directoryId, end.generation) },
  directoryId: end.directoryId,
  organizationId: directory.organizationId,
  userId: null,
  groupId: null,
  reason: end.reason ?? 'complete',
  severity: end.outcome === 'done' ? (end.reason === null ? 'info' : 'warning') : 'error',
  metadata: {
    generation: end.generation,
    users: end.counts.users,
    groups: end.counts.groups,
    memberships: end.counts.memberships,
    absent: end.counts.absent,
  },
});
