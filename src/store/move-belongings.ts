import type { AnyBulkWriteOperation } from 'mongodb';
import { mailId } from '../domain/effect.ts';
import { directoryId, directoryUserId, userId } from '../domain/ids.ts';
import type { GroupMemberDocument, OutboxDocument, UserDocument } from './documents.ts';
import { UNORDERED, type Writing } from './writing.ts';

/** What the application may have put into its own account before it is linked. */
type OwnAccount = Pick<UserDocument, '_id'> &
  Partial<Pick<UserDocument, 'legalHold' | 'manualRoles' | 'sessionsRevokedAt' | 'createdAt'>>;

/** Two accounts of one person: the named one stays, the provisioned one goes. */
export interface Merge {
  readonly account: OwnAccount;
  readonly provisioned: UserDocument;
}

/** Memberships name the account that stays. */
export const moveMemberships = async (
  { database, session }: Writing,
  merges: readonly Merge[],
): Promise<void> => {
  await database.groupMembers.bulkWrite(
    merges.map(({ account, provisioned }): AnyBulkWriteOperation<GroupMemberDocument> => ({
      updateMany: {
        filter: { directoryUserId: provisioned.directoryUserId },
        update: { $set: { userId: account._id } },
      },
    })),
    { session, ...UNORDERED },
  );
};

/** Sessions move with the person; those of somebody without access are gone, of both accounts. */
export const moveSessions = async (
  { database, session }: Writing,
  merges: readonly Merge[],
): Promise<void> => {
  await database.sessions.bulkWrite(
    merges.map(({ account, provisioned }) =>
      provisioned.enabled
        ? {
            updateMany: {
              filter: { userId: provisioned._id },
              update: { $set: { userId: account._id } },
            },
          }
        : { deleteMany: { filter: { userId: { $in: [provisioned._id, account._id] } } } },
    ),
    { session, ...UNORDERED },
  );
};

/**
 * Waiting mail follows the person. A higher attempt takes the row from whoever holds it: they looked
 * for its recipient under the old id.
 */
export const moveMail = async (
  { database, session, now }: Writing,
  merges: readonly Merge[],
): Promise<void> => {
  await database.outbox.bulkWrite(
    merges.flatMap(({ account, provisioned }): AnyBulkWriteOperation<OutboxDocument>[] => {
      const _id = mailId({
        template: 'welcome',
        user: directoryUserId(provisioned.directoryUserId),
        userId: userId(account._id),
        directoryId: directoryId(provisioned.directoryId),
      });
      return [
        { updateOne: { filter: { _id }, update: { $set: { userId: account._id } } } },
        {
          updateOne: {
            filter: { _id, status: 'pending', handedOverAt: null },
            update: { $set: { nextAttemptAt: now }, $inc: { attempts: 1 } },
          },
        },
      ];
    }),
    { session, ...UNORDERED },
  );
};
