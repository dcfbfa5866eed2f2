import { directoryUserId, type DirectoryId } from '../domain/ids.ts';
import { versionEvent } from '../domain/version.ts';
import type { Database } from './database.ts';
import { readCheckedPolicy } from './read-policy.ts';
import { transact } from './transact.ts';
import { writeRoles } from './write-roles.ts';

/** Members whose roles one transaction derives, unless it is told fewer. */
export const MEMBERS_AT_ONCE = 500;

/**
 * Derives the roles of the next five hundred members of a group that gives other roles than before,
 * because it was renamed. Answers whether some are left, of this group or another; the position
 * commits with the chunk, so a repeat goes on.
 */
export const deriveGroupRoles = (
  database: Database,
  of: {
    readonly directoryId: DirectoryId;
    readonly now: Date;
    readonly limit?: number;
    /** Passes over the next member, whose account MongoDB refuses. */
    readonly skip?: boolean;
  },
): Promise<{ readonly left: boolean }> =>
  transact(database, async (session, attempt) => {
    const { directoryId, now, limit = MEMBERS_AT_ONCE, skip = false } = of;
    const group = await database.groups.findOneAndUpdate(
      { directoryId, 'sync.rolesDue': true },
      { $inc: { 'sync.rev': 1 } },
      { session, returnDocument: 'after', projection: { sync: 1 } },
    );
    if (group === null) return { left: false };
    const after = group.sync.rolesAfter ?? null;
    const members = await database.groupMembers
      .find(
        { groupId: group._id, ...(after === null ? {} : { _id: { $gt: after } }) },
        { session, projection: { directoryUserId: 1, removedAt: 1 } },
      )
      .sort({ _id: 1 })
      .limit(skip ? 1 : limit)
      .toArray();
    const renamed = group.sync.content?.version ?? null;
    const event = renamed === null ? null : versionEvent(renamed);
    const cause = { event, key: event ?? `listing:${renamed ?? ''}` };
    const { roles } = await readCheckedPolicy(database, directoryId, session);
    await writeRoles(
      { database, session, now, attempt, directoryId, mapping: roles },
      new Map(
        members
          .filter(({ removedAt }) => removedAt === null && !skip)
          .map((member) => [directoryUserId(member.directoryUserId), cause]),
      ),
    );
    const done = members.length < (skip ? 1 : limit);
    await database.groups.updateOne(
      { _id: group._id },
      {
        $set: {
          'sync.rolesDue': !done,
          'sync.rolesAfter': done ? null : (members.at(-1)?._id ?? null),
        },
      },
      { session },
    );
    return { left: true };
  });
