import { createHmac, timingSafeEqual } from 'node:crypto';

/** Why a delivery is refused; the codes of the reply. */
export type SignatureRefusal =
  | 'signature-missing'
  | 'signature-malformed'
  | 'signature-stale'
  | 'signature-mismatch';

export type Verification =
  | { readonly verified: true }
  | { readonly verified: false; readonly code: SignatureRefusal };

export interface Delivery {
  /** The `WorkOS-Signature` header; undefined when there was none. */
  readonly header: string | undefined;
  /** The bytes as they came over the wire: a parsed and re-written body has another signature. */
  readonly body: Uint8Array;
  /** Any of these may have signed it; two while an endpoint's secret is rotated. */
  readonly secrets: readonly string[];
  /** Now, in epoch milliseconds. */
  readonly now: number;
}

const TOLERANCE_MS = 180_000;
const TIME = /^\d{1,16}$/;
const MAC = /^[0-9a-f]{64}$/;
// A header is some hundred bytes; more candidates than this only cost time.
const MAX_MACS = 16;

/**
 * Checks that WorkOS signed these bytes within three minutes of `now`, either way. Our own because
 * the SDK's check lets future and non-numeric times pass and reads only the first `v1`. Compares
 * in constant time; never throws; without secrets nothing is verified.
 */
export const verifyWebhook = ({ header, body, secrets, now }: Delivery): Verification => {
  if (header === undefined || header.trim() === '') return refused('signature-missing');
  const parts = header.split(',').map(readPart);
  const times = parts.filter(([key]) => key === 't').map(([, value]) => value);
  const macs = parts.filter(([key]) => key === 'v1').map(([, value]) => value);
  const [time = ''] = times;
  if (times.length !== 1 || !TIME.test(time) || macs.length === 0 || macs.length > MAX_MACS) {
    return refused('signature-malformed');
  }
  if (Math.abs(now - Number(time)) > TOLERANCE_MS) return refused('signature-stale');
  const candidates = macs.filter((mac) => MAC.test(mac)).map((mac) => Buffer.from(mac, 'hex'));
  const matches = secrets
    .filter((secret) => secret !== '')
    .map((secret) => createHmac('sha256', secret).update(`${time}.`).update(body).digest())
    .flatMap((expected) => candidates.map((mac) => timingSafeEqual(mac, expected)));
  return matches.includes(true) ? { verified: true } : refused('signature-mismatch');
};

const refused = (code: SignatureRefusal): Verification => ({ verified: false, code });

const readPart = (part: string): readonly [string, string] => {
  const at = part.indexOf('=');
  return at < 0 ? [part.trim(), ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
};
