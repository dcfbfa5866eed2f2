import { directoryId, userId } from '../domain/ids.ts';
import type { Database } from './database.ts';
import type { AuditDocument } from './documents.ts';
import { NOT_ON_HOLD, ON_HOLD } from './on-hold.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';

/** Reasons in the audit log; the entry's type is `user.updated`. */
export const HOLD_SET = 'legal-hold-set';
const HOLD_RELEASED = 'legal-hold-released';

/**
 * Sets or releases the legal hold of an account, which blocks its purge, and audits it with who and
 * why. Answers whether it changed; a repeat changes nothing. An account that is gone did not change.
 */
export const setLegalHold = (
  database: Database,
  change: {
    readonly userId: string;
    readonly hold: boolean;
    readonly actor: string;
    /** Why, as a code or a case number. */
    readonly reference: string;
    /** Names this decision in the audit log. */
    readonly key: string;
    readonly now: Date;
  },
): Promise<boolean> =>
  transact(database, async (session, attempt) => {
    const { hold, actor, reference, now } = change;
    const account = await database.users.findOneAndUpdate(
      { _id: change.userId, ...(hold ? NOT_ON_HOLD : ON_HOLD) },
      { $set: { legalHold: hold, updatedAt: now }, $inc: { 'sync.rev': 1 } },
      { session, projection: { directoryId: 1, organizationId: 1 } },
    );
    if (account === null) return false;
    await writeAudit({ database, session, now, attempt }, [
      {
        type: 'user.updated',
        cause: { event: null, key: change.key },
        directoryId: directoryId(account.directoryId),
        organizationId: account.organizationId,
        userId: userId(change.userId),
        groupId: null,
        reason: hold ? HOLD_SET : HOLD_RELEASED,
        actor,
        severity: 'info',
        metadata: { reference },
      },
    ]);
    return true;
  });

/** The audit entry that set the hold an account is on; null when the application set it by itself. */
export const holdEntry = async (
  database: Database,
  account: { readonly _id: string },
): Promise<AuditDocument | null> =>
  database.auditLog
    .find({ userId: account._id, type: 'user.updated', reason: HOLD_SET })
    .sort({ at: -1 })
    .limit(1)
    .next();
