import type { ComposedMail } from './compose.ts';

/** How an attempt to send ended. Codes are stable and hold nothing of the server's text. */
export type SendOutcome =
  | { readonly kind: 'accepted' }
  /** Certainly not accepted; may be later. */
  | { readonly kind: 'deferred'; readonly code: string }
  /** Certainly not accepted, and never will be. */
  | { readonly kind: 'refused'; readonly code: string }
  /** The whole message may have arrived, and no answer came. */
  | { readonly kind: 'in-doubt' }
  /** `handOver` answered false: the end of the message was withheld. */
  | { readonly kind: 'withheld' };

/** A way to send mail. */
export interface MailSender {
  /**
   * Sends one mail. Calls `handOver` just before the end of the message is released and withholds it
   * unless the answer is true; throws only what `handOver` throws, or the file system.
   */
  readonly send: (
    mail: ComposedMail,
    attempt: { readonly outboxId: string; readonly handOver: () => Promise<boolean> },
  ) => Promise<SendOutcome>;
  /** Closes connections; a send under way fails. A second call does nothing. */
  readonly close: () => void;
}
