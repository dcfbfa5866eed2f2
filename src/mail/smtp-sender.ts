import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailSender, SendOutcome } from './sender.ts';

/** Milliseconds, together well under the lease of a row, so that a silent server ends the attempt first. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };
/** Ends what a server keeps alive by trickling replies, which no socket timeout notices. */
const ATTEMPT_MS = 60_000;

/** Sends by SMTP over a pool of connections. `smtpUrl` as in `SMTP_URL`: smtp:// or smtps://. */
export const createSmtpSender = ({
  smtpUrl,
  timeouts = TIMEOUTS,
  attemptMs = ATTEMPT_MS,
}: {
  readonly smtpUrl: string;
  readonly timeouts?: typeof TIMEOUTS;
  readonly attemptMs?: number;
}): MailSender => {
  const endings = new WeakMap<Buffer, () => Promise<void>>();
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 4,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  });
  transport.use('stream', (mail, callback) => {
    const raw = mail.data.raw;
    const ending = Buffer.isBuffer(raw) ? endings.get(raw) : undefined;
    if (!Buffer.isBuffer(raw) || ending === undefined) {
      callback(new Error('A mail came without its hand-over.'));
      return;
    }
    // Pulled only once the server has asked for the message; the final dot follows the stream's end.
    mail.message.createReadStream = () =>
      Readable.from(endedBy(raw, ending), { objectMode: false });
    callback();
  });

  return {
    send: async (mail, { handOver }) => {
      const state = { begun: false, over: false, answer: null as boolean | null };
      const failures: unknown[] = [];
      const ending = async (): Promise<void> => {
        if (state.over) throw new Error('The attempt is over.');
        state.begun = true;
        try {
          state.answer = await handOver();
        } catch (error) {
          failures.push(error);
        }
        if (state.answer !== true) throw new Error('The end of the message is withheld.');
      };
      const raw = await new MailComposer(mail).compile().build();
      endings.set(raw, ending);
      try {
        await transport.sendMail({
          envelope: { from: mail.from, to: mail.to },
          messageId: mail.messageId,
          raw,
          signal: AbortSignal.timeout(attemptMs),
        });
        return { kind: 'accepted' };
      } catch (error) {
        state.over = true;
        if (failures.length > 0) throw failures[0];
        if (state.answer === false) return { kind: 'withheld' };
        return outcomeOf(error, state.begun);
      }
    },
    close: () => transport.close(),
  };
};

async function* endedBy(raw: Buffer, ending: () => Promise<void>): AsyncGenerator<Buffer> {
  yield raw;
  await ending();
}

/** The two fields of nodemailer's error that tell what happened; its message may hold an address. */
const failureIn = (error: unknown): { readonly code?: string; readonly responseCode?: number } => {
  if (typeof error !== 'object' || error === null) return {};
  return {
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...('responseCode' in error &&
      typeof error.responseCode === 'number' && { responseCode: error.responseCode }),
  };
};

/** What a failed attempt means. A reply of the server, or no hand-over, excludes that it accepted. */
const outcomeOf = (error: unknown, handedOver: boolean): SendOutcome => {
  const { code, responseCode } = failureIn(error);
  const aboutTheMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (responseCode !== undefined) {
    // A refused login or greeting is the configuration's fault, not the mail's: it may be repaired.
    const kind = aboutTheMail && responseCode >= 500 ? 'refused' : 'deferred';
    return { kind, code: `smtp-${String(responseCode)}` };
  }
  if (handedOver) return { kind: 'in-doubt' };
  if (code === 'EENVELOPE') return { kind: 'refused', code: 'address-invalid' };
  return { kind: 'deferred', code: `smtp-${(code ?? 'failed').toLowerCase()}` };
};
