import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailSender } from './sender.ts';

/** The name of the file that keeps the mail of an outbox row. */
const mailFileName = (outboxId: string): string => `${encodeURIComponent(outboxId)}.eml`;

/**
 * Keeps mails as files in `<dataDir>/mail`, for work without a mail server. A repeat replaces the
 * file of the same row, so there is never a second one; `handOver` is not needed.
 */
export const createFileSender = ({ dataDir }: { readonly dataDir: string }): MailSender => {
  const folder = join(dataDir, 'mail');
  return {
    send: async (mail, { outboxId }) => {
      const raw = await new MailComposer(mail).compile().build();
      await mkdir(folder, { recursive: true });
      const path = join(folder, mailFileName(outboxId));
      // Renamed into place, so that a reader never sees half a mail.
      await writeFile(`${path}.${String(process.pid)}.part`, raw, { mode: 0o600 });
      await rename(`${path}.${String(process.pid)}.part`, path);
      return { kind: 'accepted' };
    },
    close: () => {},
  };
};
