import { directoryId, userId } from '../domain/ids.ts';
import type { Database } from './database.ts';
import type { AuditDocument } from './documents.ts';
import { NOT_ON_HOLD, ON_HOLD } from './on-hold.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';

/** Reasons in the audit log; the entry's type is `user.updated`. */
export const HOLD_SET = 'legal-hold-set';
const HOLD_RELEASED = 'legal-hold-released';

/** What became of a hold or a release; `already` changed nothing, and of who is `gone` there is no account. */
type HoldOutcome = 'changed' | 'already' | 'gone';

/**
 * Sets or releases the legal hold of a directory user, which blocks their purge, and audits it with
 * who and why. Finds their account by the person: a merge gives it another id. A repeat changes nothing.
 */
export const setLegalHold = (
  database: Database,
  change: {
    readonly directoryUserId: string;
    readonly hold: boolean;
    readonly actor: string;
    /** Why, as a code or a case number. */
    readonly reference: string;
    /** Names this decision in the audit log. */
    readonly key: string;
    readonly now: Date;
  },
): Promise<HoldOutcome> =>
  transact(database, async (session, attempt) => {
    const { directoryUserId, hold, actor, reference, now } = change;
    const theirs = { directoryUserId, 'sync.rev': { $exists: true } };
    const account = await database.users.findOneAndUpdate(
      { ...theirs, ...(hold ? NOT_ON_HOLD : ON_HOLD) },
      { $set: { legalHold: hold, updatedAt: now }, $inc: { 'sync.rev': 1 } },
      { session, projection: { directoryId: 1, organizationId: 1 } },
    );
    if (account === null)
      return (await database.users.countDocuments(theirs, { session })) === 0 ? 'gone' : 'already';
    await writeAudit({ database, session, now, attempt }, [
      {
        type: 'user.updated',
        cause: { event: null, key: change.key },
        directoryId: directoryId(account.directoryId),
        organizationId: account.organizationId,
        userId: userId(account._id),
        groupId: null,
        reason: hold ? HOLD_SET : HOLD_RELEASED,
        actor,
        severity: 'info',
        metadata: { reference },
      },
    ]);
    return 'changed';
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
