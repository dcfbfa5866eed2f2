import { contactMailId, mailId, type ContactMail, type Mail } from '../domain/effect.ts';
import { due, writeRows } from './write-outbox.ts';
import type { Writing } from './writing.ts';

/** Puts mails into the outbox; one that is already there stays as it is. */
export const writeMails = (writing: Writing, mails: readonly Mail[]): Promise<void> =>
  writeRows(
    writing,
    mails.map((mail) => ({
      _id: mailId(mail),
      kind: 'mail',
      ...due(writing.now),
      template: mail.template,
      directoryId: mail.directoryId,
      userId: mail.userId,
      to: null,
    })),
  );

/** Puts a mail to a contact into the outbox, one that is already there stays; answers its id. */
export const writeContactMail = async (writing: Writing, mail: ContactMail): Promise<string> => {
  const { key: _key, ...said } = mail;
  const _id = contactMailId(mail);
  await writeRows(writing, [{ _id, kind: 'mail', ...due(writing.now), ...said, userId: null }]);
  return _id;
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
