import { directoryId as directory, directoryUserId, groupId } from '../src/domain/ids.ts';
import { endMemberships } from '../src/store/end-memberships.ts';
import {
  knownAccount,
  knownGroup,
  USER_PROJECTION,
  type StoredUser,
} from '../src/store/stored-record.ts';
import { readCheckedPolicy } from '../src/store/read-policy.ts';
import { transact } from '../src/store/transact.ts';
import { writeRoles } from '../src/store/write-roles.ts';
import type { Dependencies } from './dependencies.ts';

const RECORDS = 20;

/**
 * Ends the next thousand memberships of records whose deletion ended more than one transaction may
 * hold, and derives the roles of whoever loses one. Answers whether some are left; a repeat goes on where the last commit stopped.
 */
export const createEndLeft =
  ({ database, now }: Dependencies) =>
  (input: { readonly directoryId: string }): Promise<{ readonly left: boolean }> =>
    transact(database, async (session, attempt) => {
      const id = directory(input.directoryId);
      const ending = { directoryId: id, 'sync.ending': true };
      const users = await database.users
        .find<StoredUser>(ending, { session, limit: RECORDS, projection: USER_PROJECTION })
        .toArray();
      const groups = await database.groups.find(ending, { session, limit: RECORDS }).toArray();
      if (users.length + groups.length === 0) return { left: false };
      // A policy that changes now must not be overtaken by roles of the one read here.
      await database.directories.updateOne({ _id: id }, { $inc: { 'sync.rev': 1 } }, { session });
      const writing = { database, session, now: now(), attempt };
      const { left, people } = await endMemberships(writing, {
        directoryId: id,
        users: new Map(
          users.map((user) => [directoryUserId(user.directoryUserId), knownAccount(user).record]),
        ),
        groups: new Map(groups.map((group) => [groupId(group._id), knownGroup(group).record])),
      });
      const { roles } = await readCheckedPolicy(database, id, session);
      await writeRoles({ ...writing, directoryId: id, mapping: roles, lost: people }, people);
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
