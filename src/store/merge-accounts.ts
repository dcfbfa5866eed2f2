import type { AnyBulkWriteOperation, ClientSession } from 'mongodb';
import type { AuditEntry } from '../domain/effect.ts';
import { directoryId, directoryUserId, userId } from '../domain/ids.ts';
import { decideLink, type LinkLine, type LinkVerdict } from '../domain/link-import.ts';
import { contractFields } from './contract-fields.ts';
import type { Database } from './database.ts';
import type { UserDocument } from './documents.ts';
import { readLinkState } from './link-state.ts';
import { moveMail, moveMemberships, moveSessions, type Merge } from './move-belongings.ts';
import { isHold } from './on-hold.ts';
import { OWED_DERIVATION } from './owe-derivation.ts';
import { readCheckedPolicy } from './read-policy.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';
import { writeRoles } from './write-roles.ts';
import { UNORDERED, type Writing } from './writing.ts';

/**
 * Merges the accounts that were provisioned for these lines' people into the named ones, all in one
 * transaction: what the engine knows, memberships, sessions and waiting mail move, holds and manual
 * roles of both count, and the provisioned documents go. Everything is decided again within, and a
 * live batch on one of these people conflicts. Answers each line's verdict; a repeat finds them linked.
 */
export const mergeAccounts = (
  database: Database,
  merging: { readonly lines: readonly LinkLine[]; readonly importId: string; readonly now: Date },
): Promise<readonly LinkVerdict[]> =>
  transact(database, async (session, attempt) => {
    const { lines, importId, now } = merging;
    const state = await readLinkState(database, lines, session);
    const verdicts = lines.map((line) => decideLink(line, state));
    const merges = await readMerges(
      database,
      session,
      lines.filter((_, index) => verdicts[index]?.fate === 'merged'),
    );
    if (merges.length === 0) return verdicts;
    const writing = { database, session, now, attempt };
    await deriveAnew(writing, merges);
    await moveAccounts(writing, merges);
    await moveMemberships(writing, merges);
    await deriveRoles(writing, { merges, importId });
    await moveSessions(writing, merges);
    await moveMail(writing, merges);
    await writeAudit(
      writing,
      merges.map((merge) => linkedEntry(merge, importId)),
    );
    return verdicts;
  });

const readMerges = async (
  database: Database,
  session: ClientSession,
  lines: readonly LinkLine[],
): Promise<readonly Merge[]> => {
  if (lines.length === 0) return [];
  const ids = lines.flatMap((line) => [line.userId, line.directoryUserId]);
  const stored = await database.users
    .find({ _id: { $in: ids } }, { session, batchSize: ids.length + 1 })
    .toArray();
  const byId = new Map(stored.map((user) => [user._id, user]));
  return lines.flatMap((line) => {
    const account = byId.get(line.userId);
    const provisioned = byId.get(line.directoryUserId);
    return account === undefined || provisioned === undefined ? [] : [{ account, provisioned }];
  });
};

/**
 * A derivation that is under way walks by account id and may have passed the ids that stay: it begins
 * again. The directory is written in any case, so that a chunk at this moment fails on it.
 */
const deriveAnew = async (
  { database, session }: Writing,
  merges: readonly Merge[],
): Promise<void> => {
  const touched = {
    _id: { $in: [...new Set(merges.map(({ provisioned }) => provisioned.directoryId))] },
  };
  await database.directories.updateMany(touched, { $inc: { 'sync.rev': 1 } }, { session });
  await database.directories.updateMany(
    { ...touched, 'sync.deriving': { $ne: null } },
    { $set: OWED_DERIVATION },
    { session },
  );
};

const moveAccounts = async (
  { database, session, now }: Writing,
  merges: readonly Merge[],
): Promise<void> => {
  const gone = merges.map(({ provisioned }) => provisioned._id);
  // In this order: two documents with one directory user break the unique index.
  await database.users.deleteMany({ _id: { $in: gone } }, { session });
  await database.users.bulkWrite(
    merges.map((merge): AnyBulkWriteOperation<UserDocument> => ({
      updateOne: { filter: { _id: merge.account._id }, update: { $set: merged(merge, now) } },
    })),
    { session, ...UNORDERED },
  );
};

/** The engine's fields of the account after the merge; whatever else is in it stays. */
const merged = ({ account, provisioned }: Merge, now: Date): Partial<UserDocument> => {
  const { _id, manualRoles: _roles, ...engine } = contractFields(provisioned);
  const manualRoles = [
    ...new Set([...(account.manualRoles ?? []), ...(provisioned.manualRoles ?? [])]),
  ];
  return {
    ...engine,
    ...(manualRoles.length === 0 ? {} : { manualRoles }),
    legalHold: [account, provisioned].map((one) => one.legalHold).find(isHold) ?? false,
    sessionsRevokedAt: provisioned.enabled
      ? later(account.sessionsRevokedAt ?? null, provisioned.sessionsRevokedAt)
      : now,
    createdAt: account.createdAt ?? provisioned.createdAt,
    updatedAt: now,
    // Whoever had an account before is not welcomed to it.
    sync: { ...provisioned.sync, welcomed: true, rev: provisioned.sync.rev + 1 },
  };
};

const later = (a: Date | null, b: Date | null): Date | null =>
  a === null || b === null ? (a ?? b) : a > b ? a : b;

/** Roles by hand that the named account brings count from now on; nobody else's roles change. */
const deriveRoles = async (
  writing: Writing,
  { merges, importId }: { readonly merges: readonly Merge[]; readonly importId: string },
): Promise<void> => {
  const bringing = merges.filter(({ account, provisioned }) =>
    account.manualRoles?.some((role) => provisioned.manualRoles?.includes(role) !== true),
  );
  for (const id of new Set(bringing.map(({ provisioned }) => provisioned.directoryId))) {
    const { roles } = await readCheckedPolicy(writing.database, directoryId(id), writing.session);
    const people = bringing
      .filter(({ provisioned }) => provisioned.directoryId === id)
      .map(
        ({ provisioned }) =>
          [directoryUserId(provisioned.directoryUserId), { event: null, key: importId }] as const,
      );
    await writeRoles({ ...writing, directoryId: directoryId(id), mapping: roles }, new Map(people));
  }
};

const linkedEntry = ({ account, provisioned }: Merge, importId: string): AuditEntry => ({
  type: 'user.linked',
  cause: { event: null, key: importId },
  directoryId: directoryId(provisioned.directoryId),
  organizationId: provisioned.organizationId,
  userId: userId(account._id),
  groupId: null,
  reason: 'link-import',
  severity: 'info',
  metadata: { mergedAccount: provisioned._id },
});
