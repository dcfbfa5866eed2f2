import type { StreamEntry } from './stream-entry.ts';

/** What became of one batch. */
export type Sent =
  | { readonly kind: 'accepted'; readonly code: string }
  /** It is refused for what is in it, and would be again. */
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string; readonly retryAfterMs: number | null }
  /** The caller gave it up; it may have been received. */
  | { readonly kind: 'given-up' };

/** Whoever takes the lines of a stream. `Encoded` is one line as it is sent. */
export interface LogSink<Encoded> {
  readonly encode: (entry: StreamEntry, now: Date) => Encoded;
  /** What a line adds to a batch. */
  readonly bytesOf: (encoded: Encoded) => number;
  readonly limits: LogLimits;
  /** Sends one batch; a failure is an outcome, never thrown. */
  readonly send: (batch: readonly Encoded[], signal: AbortSignal) => Promise<Sent>;
}

export interface LogLimits {
  readonly entries: number;
  readonly bytes: number;
  readonly bytesOfEntry: number;
}

/**
 * Whether this HTTP status refuses a batch for what is in it: bad content, too much of it, or content
 * that cannot be read. Any other failure waits for better days.
 */
export const isRefusal = (status: number): boolean => REFUSALS.has(status);

const REFUSALS = new Set([400, 413, 422]);
