import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { EffectsConfig } from '../config-effects.ts';
import { isRefusal, type LogSink, type Sent } from './log-sink.ts';
import { codeOfPosted, isAccepted, post, type Posted } from './post.ts';
import type { StreamEntry } from './stream-entry.ts';

const zip = promisify(gzip);

/** `source` and `service` of every line in Datadog. */
export const SERVICE = 'directory-sync';

/** Datadog's own, for one request to `/api/v2/logs`; the brackets of the array need some room. */
const LIMITS = { entries: 1000, bytes: 5_000_000 - 1000, bytesOfEntry: 1_000_000 };
/** Datadog takes a line's own time up to 18 hours back. */
const OLDEST_TIME_MS = 17 * 3_600_000;

/** Sends lines to Datadog's logs intake, as gzipped JSON arrays. */
export const createDatadogSink = (
  { apiKey, url, tags }: NonNullable<EffectsConfig['datadog']>,
  { now }: { readonly now: () => Date },
): LogSink<string> => {
  const common = { ddsource: SERVICE, service: SERVICE, ddtags: tags.join(',') };
  return {
    limits: LIMITS,
    bytesOf: (line) => Buffer.byteLength(line) + 1,
    encode: (entry, at) => JSON.stringify({ ...common, ...datadogLine(entry, at) }),
    async send(batch, signal) {
      const body = await zip(`[${batch.join(',')}]`);
      const headers = {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'dd-api-key': apiKey,
      };
      return sentOf(await post(url, { headers, body: new Uint8Array(body), signal, now }));
    },
  };
};

/**
 * A line as Datadog reads it: `status` is its level, and its attributes stand under `dsync`. A line
 * that is too old for Datadog comes with the time of its arrival; its own is always in `dsync.at`.
 */
export const datadogLine = ({ at, level, message, attributes }: StreamEntry, now: Date) => ({
  message,
  status: level,
  ...(now.getTime() - at.getTime() > OLDEST_TIME_MS ? {} : { timestamp: at.toISOString() }),
  dsync: nested({ ...attributes, at: at.toISOString() }),
});

const nested = (attributes: StreamEntry['attributes']): Record<string, unknown> => {
  const told: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null) continue;
    if (key.startsWith(METADATA)) metadata[key.slice(METADATA.length)] = value;
    else told[key] = value;
  }
  return Object.keys(metadata).length === 0 ? told : { ...told, metadata };
};

const METADATA = 'metadata.';

const sentOf = (posted: Posted): Sent => {
  if (posted.kind === 'given-up') return posted;
  const code = codeOfPosted(posted);
  if (isAccepted(posted)) return { kind: 'accepted', code };
  if (posted.kind === 'unanswered') return { kind: 'failed', code, retryAfterMs: null };
  return isRefusal(posted.status)
    ? { kind: 'refused', code }
    : { kind: 'failed', code, retryAfterMs: posted.retryAfterMs };
};
