import { diag, DiagLogLevel, SeverityNumber, type HrTime } from '@opentelemetry/api';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Log } from '../log.ts';
import { SERVICE } from './datadog-sink.ts';
import { isRefusal, type LogSink, type Sent } from './log-sink.ts';
import type { StreamEntry } from './stream-entry.ts';

/** Far below what collectors take at once. */
const LIMITS = { entries: 1000, bytes: 3_000_000, bytesOfEntry: 1_000_000 };
const SCOPE = { name: 'durable-directory-sync' };
const SEVERITY = {
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
} as const;

/**
 * Sends lines as OpenTelemetry logs by the exporter, which reads the `OTEL_…` variables itself. It
 * tries a moment longer by itself; the outbox does the rest.
 */
export const createOtelSink = (
  exporter: LogRecordExporter,
  { log }: { readonly log: Pick<Log, 'warn'> },
): LogSink<ReadableLogRecord> => {
  tellOfRejections(log);
  const resource = resourceFromAttributes({ 'service.name': SERVICE }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  return {
    limits: LIMITS,
    bytesOf: ({ attributes, body }) => JSON.stringify([attributes, body]).length + 200,
    encode: (entry, now) => ({ ...recordOf(entry, now), resource }),
    send: (batch) =>
      new Promise((resolve) => {
        exporter.export([...batch], ({ error }) => {
          resolve(error === undefined ? { kind: 'accepted', code: 'http-200' } : sentOf(error));
        });
      }),
  };
};

const recordOf = (
  { at, level, message, attributes }: StreamEntry,
  now: Date,
): Omit<ReadableLogRecord, 'resource'> => ({
  hrTime: hrTime(at),
  hrTimeObserved: hrTime(now),
  severityNumber: SEVERITY[level],
  severityText: level.toUpperCase(),
  body: message,
  eventName: `dsync.${String(attributes['kind'])}`,
  instrumentationScope: SCOPE,
  attributes: Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [`dsync.${key}`, value ?? undefined]),
  ),
  droppedAttributesCount: 0,
});

const hrTime = (at: Date): HrTime => {
  const ms = at.getTime();
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
};

/** The exporter's errors carry a status, or the code of the operating system, or neither. */
const sentOf = (error: Error): Sent => {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'number') {
    return isRefusal(code)
      ? { kind: 'refused', code: `http-${code}` }
      : { kind: 'failed', code: `http-${code}`, retryAfterMs: null };
  }
  const named = typeof code === 'string' && /^[A-Z0-9_]+$/.test(code);
  const told = named ? `unreachable-${code}` : 'unavailable';
  return { kind: 'failed', code: told, retryAfterMs: null };
};

const quiet = (): void => undefined;

/** A collector may take a batch and drop some of it; the exporter says so to its own log only. */
const tellOfRejections = (log: Pick<Log, 'warn'>): void => {
  // What follows the message may quote the collector.
  const warn = (message: string): void => log.warn({ from: 'opentelemetry' }, message);
  diag.setLogger(
    { verbose: quiet, debug: quiet, info: quiet, warn, error: warn },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
};
