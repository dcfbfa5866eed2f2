import { directoryUserId, groupId, userId, type DirectoryId } from '../domain/ids.ts';
import { owesRead, type JoinedRecord } from '../domain/record.ts';
import type { Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import { OWES_READ } from './owed-reads.ts';
import { ENDING_CHUNK } from './end-memberships.ts';
import {
  dotted,
  knownAccount,
  knownGroup,
  NEVER_READ,
  USER_PROJECTION,
  type StoredUser,
} from './stored-record.ts';
import { readCheckedPolicy } from './read-policy.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';
import { writeRoles } from './write-roles.ts';

/** How many live memberships a directory has, and how many of those a complete listing did not show. */
export const countUnlisted = async (
  { groupMembers }: Pick<Database, 'groupMembers'>,
  { directoryId, fence }: { readonly directoryId: DirectoryId; readonly fence: Version },
): Promise<{ readonly known: number; readonly missing: number }> => {
  const live = { directoryId, removedAt: null };
  const [known, missing] = await Promise.all([
    groupMembers.countDocuments(live),
    groupMembers.countDocuments({ ...live, 'sync.added': { $lt: fence } }),
  ]);
  return { known, missing };
};

/**
 * Ends the next thousand memberships that a complete listing of all memberships did not show.
 * Answers whether there may be more; a repeat goes on where the last commit stopped.
 */
export const endUnlisted = (
  database: Database,
  listing: { readonly directoryId: DirectoryId; readonly fence: Version; readonly now: Date },
): Promise<boolean> =>
  transact(database, async (session, attempt) => {
    const { directoryId, fence, now } = listing;
    const cause = { event: null, key: `listing:${fence}` };
    // A policy that changes now must not be overtaken by roles of the one read here.
    await database.directories.updateOne(
      { _id: directoryId },
      { $inc: { 'sync.rev': 1 } },
      { session },
    );
    const rows = await database.groupMembers
      .find({ directoryId, removedAt: null, 'sync.added': { $lt: fence } }, { session })
      .limit(ENDING_CHUNK)
      .toArray();
    if (rows.length === 0) return false;
    await database.groupMembers.updateMany(
      { _id: { $in: rows.map((row) => row._id) } },
      { $set: { removedAt: now } },
      { session },
    );
    await writeAudit(
      { database, session, now, attempt },
      rows.map((row) => ({
        type: 'membership.removed',
        cause,
        directoryId,
        organizationId: null,
        userId: userId(row.userId),
        groupId: groupId(row.groupId),
        reason: 'missing_from_directory',
        severity: 'info',
        metadata: {},
      })),
    );
    const people = new Map(rows.map((row) => [directoryUserId(row.directoryUserId), cause]));
    const { roles } = await readCheckedPolicy(database, directoryId, session);
    await writeRoles(
      { database, session, now, attempt, directoryId, mapping: roles, lost: people },
      people,
    );
    return rows.length === ENDING_CHUNK;
  });

const PAID = dotted({ owesRead: false, ...NEVER_READ });

/** Forgives the reads that a complete listing of all memberships has paid. A repeat changes nothing. */
export const forgivePaidReads = async (
  database: Database,
  directoryId: DirectoryId,
): Promise<void> => {
  const directory = await database.directories.findOne({ _id: directoryId });
  const fence = directory?.sync.membershipsListed ?? null;
  const paid = (record: JoinedRecord<unknown>): boolean => !owesRead(record, fence);
  const users = await database.users
    .find<StoredUser>({ directoryId, ...OWES_READ }, { projection: USER_PROJECTION })
    .toArray();
  for (const user of users.filter((one) => paid(knownAccount(one).record)))
    await database.users.updateOne(
      { _id: user._id, 'sync.rev': user.sync.rev },
      { $set: PAID, $inc: { 'sync.rev': 1 } },
    );
  const groups = await database.groups.find({ directoryId, ...OWES_READ }).toArray();
  for (const group of groups.filter((one) => paid(knownGroup(one).record)))
    await database.groups.updateOne(
      { _id: group._id, 'sync.rev': group.sync.rev },
      { $set: PAID, $inc: { 'sync.rev': 1 } },
    );
};
