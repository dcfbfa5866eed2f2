import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header carries `token`; compared in constant time. */
export const hasBearerToken = (header: string | undefined, token: string): boolean => {
  const [, given] = /^Bearer (.+)$/i.exec(header ?? '') ?? [];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
};

// Digests have one length, which timingSafeEqual needs and which hides the token's.
const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
