import type { AnyBulkWriteOperation } from 'mongodb';
import { deriveAccount, derivedChanges, hasSameKeys } from '../domain/derived-account.ts';
import type { AuditEntry } from '../domain/effect.ts';
import { directoryUserId, userId, type DirectoryId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Cause } from '../domain/told.ts';
import type { Database } from './database.ts';
import type { UserDocument } from './documents.ts';
import { POLICY_INVALID, readCheckedPolicy } from './read-policy.ts';
import {
  derivable,
  DERIVABLE_PROJECTION,
  derivedSoFar,
  type StoredAccount,
} from './stored-account.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';
import { writeRoles } from './write-roles.ts';
import { UNORDERED, type Writing } from './writing.ts';

/** Accounts that one transaction derives, unless it is told fewer. */
export const DERIVED_AT_ONCE = 200;

/** How far the accounts of a directory follow its policy. */
export interface Derivation {
  /** Whether accounts are left. */
  readonly left: boolean;
  readonly done: number;
}

/**
 * Derives the next two hundred accounts of a directory anew from what is stored, when its policy is
 * another than the one that they were derived by: attributes, roles, days of hard deletion. The
 * position commits with the chunk, so a repeat goes on; a policy that changes meanwhile begins again.
 *
 * Every transaction that read the former policy must fail on this one. Live batches write the
 * directory, as this does; a listing's pages write their report, which the first chunk writes too.
 */
export const deriveAccounts = (
  database: Database,
  of: {
    readonly directoryId: DirectoryId;
    readonly now: Date;
    readonly limit?: number;
    /** Passes over the next account, which MongoDB refuses, and asks for attention. */
    readonly skip?: boolean;
  },
): Promise<Derivation> =>
  transact(database, async (session, attempt) => {
    const { directoryId, now, limit = DERIVED_AT_ONCE, skip = false } = of;
    const writing = { database, session, now, attempt };
    const directory = await database.directories.findOneAndUpdate(
      { _id: directoryId },
      { $inc: { 'sync.rev': 1 } },
      { session, returnDocument: 'after' },
    );
    const { policy, key, problems, derives } = await readCheckedPolicy(
      database,
      directoryId,
      session,
    );
    if (directory === null) return { left: false, done: 0 };
    const attention = attentionAfter(directory.attention, {
      invalid: problems.length > 0,
      skipped: skip,
    });
    // What would hold instead of a typing error was not meant: nobody gets or loses anything by it.
    if (!derives || directory.sync.policyKey === key) {
      await database.directories.updateOne(
        { _id: directoryId },
        { $set: { attention } },
        { session },
      );
      return { left: false, done: 0 };
    }

    const before = directory.sync.deriving ?? null;
    const goesOn = before !== null && before.key === key;
    const run = goesOn ? before.run : (directory.sync.derivations ?? 0) + 1;
    if (!goesOn)
      await database.reports.updateMany(
        { directoryId, outcome: 'running' },
        { $inc: { rev: 1 } },
        { session },
      );
    const accounts = await database.users
      .find<StoredAccount>(
        { directoryId, ...(goesOn && before.after !== null ? { _id: { $gt: before.after } } : {}) },
        { session, projection: DERIVABLE_PROJECTION },
      )
      .sort({ _id: 1 })
      .limit(skip ? 1 : limit)
      .toArray();
    if (!skip) await deriveEach(writing, { directoryId, policy, accounts, run });

    const last = accounts.at(-1);
    const left = accounts.length === (skip ? 1 : limit) && last !== undefined;
    const done = (goesOn ? before.done : 0) + accounts.length;
    await database.directories.updateOne(
      { _id: directoryId },
      {
        $set: {
          'sync.derivations': run,
          'sync.deriving': left ? { key, run, after: last._id, done } : null,
          // Until all are derived none of the policies in between holds for everybody.
          'sync.policyKey': left ? null : key,
          attention,
        },
      },
      { session },
    );
    return { left, done };
  });

const REFUSED = 'account-refused';

const attentionAfter = (
  before: string | null,
  now: { readonly invalid: boolean; readonly skipped: boolean },
): string | null => {
  if (before !== null && before !== POLICY_INVALID) return before;
  if (now.skipped) return REFUSED;
  return now.invalid ? POLICY_INVALID : null;
};

const deriveEach = async (
  writing: Writing,
  of: {
    readonly directoryId: DirectoryId;
    readonly policy: Policy;
    readonly accounts: readonly StoredAccount[];
    readonly run: number;
  },
): Promise<void> => {
  const { directoryId, policy, accounts } = of;
  const cause: Cause = { event: null, key: `policy:${directoryId}:${of.run}` };
  const writes: AnyBulkWriteOperation<UserDocument>[] = [];
  const audit: AuditEntry[] = [];
  for (const stored of accounts) {
    // Roles come from memberships, too; writeRoles reads those of all accounts at once.
    const before = { ...derivedSoFar(stored), roles: [] };
    const after = { ...deriveAccount(derivable(stored, []), policy), roles: [] };
    const changes = derivedChanges(before, after);
    if (changes === null && hasSameKeys(before, after)) continue;
    writes.push({
      updateOne: {
        filter: { _id: stored._id },
        update: {
          $set: {
            attributes: after.attributes,
            hardDeleteAt: after.hardDeleteAt === null ? null : new Date(after.hardDeleteAt),
            ...(changes === null ? {} : { updatedAt: writing.now }),
          },
          $inc: { 'sync.rev': 1 },
        },
      },
    });
    // A null comes or goes with the policy, and tells nobody anything new.
    if (changes === null) continue;
    audit.push({
      type: 'user.updated',
      cause,
      directoryId,
      organizationId: stored.organizationId,
      userId: userId(stored._id),
      groupId: null,
      reason: 'policy',
      severity: 'info',
      metadata: {},
    });
  }
  if (writes.length > 0)
    await writing.database.users.bulkWrite(writes, { session: writing.session, ...UNORDERED });
  await writeAudit(writing, audit);
  await writeRoles(
    { ...writing, directoryId, mapping: policy.roles },
    new Map(accounts.map((stored) => [directoryUserId(stored.directoryUserId), cause])),
  );
};
