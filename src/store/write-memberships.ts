import type { AnyBulkWriteOperation } from 'mongodb';
import type { MembershipChange } from '../domain/batch-state.ts';
import { membershipId } from '../domain/ids.ts';
import type { GroupMemberDocument } from './documents.ts';
import { byKind, ORDERED, type BatchWriting } from './writing.ts';

/** Writes memberships. */
export const writeMemberships = async (
  writing: BatchWriting,
  changes: readonly MembershipChange[],
): Promise<void> => {
  if (changes.length === 0) return;
  const writes = changes.map((change): AnyBulkWriteOperation<GroupMemberDocument> => {
    const _id = membershipId(change.group, change.user);
    const { added, removed } = change.membership;
    if (change.known.stored)
      return {
        updateOne: {
          filter: { _id },
          update: {
            $set: {
              'sync.added': added,
              'sync.removed': removed,
              ...(change.live === change.known.live
                ? {}
                : { removedAt: change.live ? null : writing.now }),
            },
          },
        },
      };
    return {
      insertOne: {
        document: {
          _id,
          groupId: change.group,
          directoryUserId: change.user,
          userId: change.userId,
          directoryId: writing.state.directoryId,
          source: 'directory_sync',
          removedAt: change.live ? null : writing.now,
          sync: { added, removed },
        },
      },
    };
  });
  await writing.database.groupMembers.bulkWrite(byKind(writes), {
    session: writing.session,
    ...ORDERED,
  });
};
