import type { AnyBulkWriteOperation } from 'mongodb';
import { mailId, type Mail } from '../domain/effect.ts';
import type { OutboxDocument } from './documents.ts';
import { UNORDERED, type Writing } from './writing.ts';

/** Puts mails into the outbox; one that is already there stays as it is. */
export const writeMails = async (writing: Writing, mails: readonly Mail[]): Promise<void> => {
  if (mails.length === 0) return;
  await writing.database.outbox.bulkWrite(
    mails.map((mail): AnyBulkWriteOperation<OutboxDocument> => ({
      updateOne: {
        filter: { _id: mailId(mail) },
        update: {
          $setOnInsert: {
            kind: 'mail',
            template: mail.template,
            directoryId: mail.directoryId,
            userId: mail.userId,
            to: null,
            status: 'pending',
            attempts: 0,
            nextAttemptAt: writing.now,
            deliveredAt: null,
            error: null,
            createdAt: writing.now,
          },
        },
        upsert: true,
      },
    })),
    { session: writing.session, ...UNORDERED },
  );
};

/**
 * Puts back mails that were given up for want of access, or are being given up at this moment:
 * a higher attempt takes the row from whoever holds it. What was handed over stays as it is.
 */
export const sendAfterAll = async (writing: Writing, mails: readonly Mail[]): Promise<void> => {
  if (mails.length === 0) return;
  await writing.database.outbox.updateMany(
    {
      _id: { $in: mails.map(mailId) },
      handedOverAt: null,
      $or: [{ status: 'pending' }, { status: 'failed', error: 'recipient-gone' }],
    },
    {
      $set: { status: 'pending', error: null, nextAttemptAt: writing.now },
      $inc: { attempts: 1 },
    },
    { session: writing.session },
  );
};
