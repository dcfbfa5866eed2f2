import { createHash } from 'node:crypto';

/**
 * The `webhook-id` of an audit entry. Hashed: an id of ours has full stops, which the signed text
 * uses as delimiters, and may have characters that a header cannot.
 */
export const webhookMessageId = (auditId: string): string =>
  `msg_${createHash('sha256').update(auditId).digest('hex').slice(0, 32)}`;
