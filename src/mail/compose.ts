import Mustache from 'mustache';
import type { OutboxClaim, Recipient } from '../store/outbox.ts';
import type { Templates } from './read-templates.ts';

/** A mail as its sender needs it. */
export interface ComposedMail {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const LOCAL_SENDER = 'Directory Sync <directory-sync@localhost>';

/**
 * The `Message-ID` of an outbox row: the same for every attempt, so that a receiver can tell a
 * repeat. It holds the row's id as it is, except for characters that no message id may have.
 */
const messageIdOf = (outboxId: string, from: string): string => {
  const left = outboxId.replaceAll(/[^\w.:+-]/gu, (character) => encodeURIComponent(character));
  const domain = /@([\w.-]+)>?\s*$/u.exec(from)?.[1] ?? 'localhost';
  return `<${left}@${domain}>`;
};

/** Answers a function that fills in the template of a row of the outbox. */
export const createComposer = ({
  mailFrom,
  templates,
}: {
  readonly mailFrom: string | null;
  readonly templates: Templates;
}) => {
  const from = mailFrom ?? LOCAL_SENDER;

  return (claim: OutboxClaim, recipient: Recipient): ComposedMail => {
    const { _id: outboxId } = claim;
    const template = templates[claim.template];
    const view = { ...recipient, directoryId: claim.directoryId, ...claim.variables };
    const plain = (text: string) => Mustache.render(text, view, {}, { escape: String });
    return {
      from,
      to: recipient.address,
      messageId: messageIdOf(outboxId, from),
      subject: plain(template.subject),
      text: plain(template.text),
      html: Mustache.render(template.html, view),
    };
  };
};
