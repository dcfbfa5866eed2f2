import { createHmac } from 'node:crypto';

/** The value of `WorkOS-Signature` for a raw body: HMAC-SHA256 over `<ms>.<body>`, lower-case hex. */
export const signatureHeader = (secret: string, now: number, body: string): string => {
  const mac = createHmac('sha256', secret).update(`${now}.${body}`).digest('hex');
  return `t=${now}, v1=${mac}`;
};
