import { EXIT, Refused } from './outcome.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * A URL that WorkOS at `toldTo` may be told, as it is written in full. Throws Refused (exit 2) for
 * another. A simulator, which is spoken to by http, is told of any host: it is as near as we are.
 */
export const publicUrl = (
  what: string,
  text: string,
  toldTo = 'https://api.workos.com',
): string => {
  const url = URL.parse(text);
  const isNear = (host: string): boolean => LOOPBACK.has(host) || toldTo.startsWith('http://');
  const fits =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isNear(url.hostname)));
  if (!fits)
    throw new Refused(
      `${what} is not valid; it must be an https:// URL (http:// is for this machine only).`,
      EXIT.usage,
    );
  return url.href;
};
