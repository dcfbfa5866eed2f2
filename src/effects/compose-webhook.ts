import { Webhook } from 'standardwebhooks';
import { auditFacts } from '../domain/audit-facts.ts';
import type { AuditDocument } from '../store/documents.ts';
import { webhookMessageId } from './webhook-message-id.ts';

/** A webhook as it is posted. */
export interface ComposedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Answers a function that writes and signs the webhook of an audit entry, as Standard Webhooks says.
 * `webhook-id` and body are the same at every attempt; each secret gives one signature.
 */
export const createWebhookComposer = (secrets: readonly string[]) => {
  const signers = secrets.map((secret) => new Webhook(secret));
  return (entry: AuditDocument, sentAt: Date): ComposedWebhook => {
    const body = JSON.stringify({
      type: entry.type,
      timestamp: entry.at.toISOString(),
      data: auditFacts(entry),
    });
    const id = webhookMessageId(entry._id);
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': signers.map((one) => one.sign(id, sentAt, body)).join(' '),
      },
    };
  };
};
