import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Mustache from 'mustache';
import type { OutboxClaim, Recipient } from '../store/outbox.ts';

/** A mail as its sender needs it. */
export interface ComposedMail {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const NAMES = ['welcome', 'credentials-invalid'] as const;
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

/**
 * Reads the templates and answers a function that fills them in. Throws when a template is missing
 * or is not well-formed, so that a worker does not start with it.
 */
export const createComposer = ({ mailFrom }: { readonly mailFrom: string | null }) => {
  const from = mailFrom ?? LOCAL_SENDER;
  const templates = new Map(NAMES.map((name) => [name, readTemplate(name)]));

  return (claim: OutboxClaim, recipient: Recipient): ComposedMail => {
    const { _id: outboxId } = claim;
    const template = templates.get(claim.template);
    if (template === undefined) throw new Error(`There is no mail template ${claim.template}.`);
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

const readTemplate = (name: (typeof NAMES)[number]) => {
  const read = (extension: string) =>
    readFileSync(join(import.meta.dirname, 'templates', `${name}.${extension}`), 'utf8');
  const html = read('html');
  const [, subject, text] = /^Subject: (.+)\n\n([\s\S]+)$/u.exec(read('txt')) ?? [];
  if (subject === undefined || text === undefined) {
    throw new Error(
      `The template ${name}.txt must begin with a line "Subject: …" and an empty one.`,
    );
  }
  for (const part of [subject, text, html]) Mustache.parse(part);
  return { subject, text, html };
};
