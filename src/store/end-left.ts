import { directoryUserId, groupId, type DirectoryId } from '../domain/ids.ts';
import type { Database } from './database.ts';
import { endMemberships } from './end-memberships.ts';
import { readCheckedPolicy } from './read-policy.ts';
import { knownAccount, knownGroup, USER_PROJECTION, type StoredUser } from './stored-record.ts';
import { transact } from './transact.ts';
import { writeRoles } from './write-roles.ts';

const RECORDS = 20;

/**
 * Ends the next thousand memberships of records whose deletion ended more than one transaction may
 * hold, and derives the roles of whoever loses one. Answers whether some are left; a repeat goes on
 * where the last commit stopped. `now` is read when the transaction begins.
 */
export const endLeft = (
  database: Database,
  { directoryId, now }: { readonly directoryId: DirectoryId; readonly now: () => Date },
): Promise<{ readonly left: boolean }> =>
  transact(database, async (session, attempt) => {
    const ending = { directoryId, 'sync.ending': true };
    const users = await database.users
      .find<StoredUser>(ending, { session, limit: RECORDS, projection: USER_PROJECTION })
      .toArray();
    const groups = await database.groups.find(ending, { session, limit: RECORDS }).toArray();
    if (users.length + groups.length === 0) return { left: false };
    // A policy that changes now must not be overtaken by roles of the one read here.
    await database.directories.updateOne(
      { _id: directoryId },
      { $inc: { 'sync.rev': 1 } },
      { session },
    );
    const writing = { database, session, now: now(), attempt };
    const { left, people } = await endMemberships(writing, {
      directoryId,
      users: new Map(
        users.map((user) => [directoryUserId(user.directoryUserId), knownAccount(user).record]),
      ),
      groups: new Map(groups.map((group) => [groupId(group._id), knownGroup(group).record])),
    });
    const { roles } = await readCheckedPolicy(database, directoryId, session);
    await writeRoles({ ...writing, directoryId, mapping: roles, lost: people }, people);
    // Writing the records also makes a concurrent change of them conflict.
    const done = { $set: { 'sync.ending': left }, $inc: { 'sync.rev': 1 } };
    await database.users.updateMany({ _id: { $in: users.map((one) => one._id) } }, done, {
      session,
    });
    await database.groups.updateMany({ _id: { $in: groups.map((one) => one._id) } }, done, {
      session,
    });
    return { left: left || users.length === RECORDS || groups.length === RECORDS };
  });
