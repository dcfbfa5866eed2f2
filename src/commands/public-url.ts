import { EXIT, Refused } from './outcome.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** A URL that WorkOS may be told, as it is written in full. Throws Refused (exit 2) for another. */
export const publicUrl = (what: string, text: string): string => {
  const url = URL.parse(text);
  const fits =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)));
  if (!fits)
    throw new Refused(
      `${what} is not valid; it must be an https:// URL (http:// is for this machine only).`,
      EXIT.usage,
    );
  return url.href;
};
