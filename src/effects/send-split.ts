import type { LogSink, Sent } from './log-sink.ts';

/** One line of a batch, and how it is told from others. */
export interface Line<Encoded> {
  readonly encoded: Encoded;
  readonly bytes: number;
}

/** Cuts lines into batches within the limits of one request, in their order. */
export const batchesOf = <Encoded, Some extends Line<Encoded>>(
  lines: readonly Some[],
  limits: { readonly entries: number; readonly bytes: number },
): readonly (readonly Some[])[] => {
  const batches: Some[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= limits.entries || bytes + line.bytes > limits.bytes) {
      batches.push([line]);
      bytes = line.bytes;
    } else {
      last.push(line);
      bytes += line.bytes;
    }
  }
  return batches;
};

type Judged = Extract<Sent, { readonly kind: 'accepted' | 'refused' }>;

/** So many lines refused alone, one after another: the sink refuses everything, not these lines. */
const ENOUGH_REFUSALS = 20;

/** What the batches of one sending have in common. */
export interface Sending<Some> {
  readonly signal: AbortSignal;
  /** Whether there is no time for another request. */
  readonly isOver: () => boolean;
  readonly settle: (lines: readonly Some[], sent: Judged) => void;
  /** Takes back what `settle` was told of these lines. */
  readonly retract: (lines: readonly Some[]) => void;
  /** The lines that were refused alone since the last that was taken; empty at the start. */
  readonly refused: Some[];
}

/**
 * Sends a batch; one that is refused is halved until the line that is refused is alone. Tells each
 * line's outcome by `settle`, and answers the failure that ended it, or null: what was not told then
 * is still to be sent. A sink that refuses twenty lines alone in a row has failed; no time is left
 * is `given-up`.
 */
export const sendSplit = async <Encoded, Some extends Line<Encoded>>(
  sink: Pick<LogSink<Encoded>, 'send'>,
  batch: readonly Some[],
  sending: Sending<Some>,
): Promise<Extract<Sent, { readonly kind: 'failed' | 'given-up' }> | null> => {
  const { signal, isOver, settle, retract, refused } = sending;
  if (isOver()) return { kind: 'given-up' };
  const sent = await sink.send(
    batch.map(({ encoded }) => encoded),
    signal,
  );
  if (sent.kind === 'failed' || sent.kind === 'given-up') return sent;
  if (sent.kind === 'accepted') {
    refused.length = 0;
    settle(batch, sent);
    return null;
  }
  if (batch.length === 1) {
    settle(batch, sent);
    if (refused.push(...batch) < ENOUGH_REFUSALS) return null;
    retract(refused);
    return { kind: 'failed', code: sent.code, retryAfterMs: null };
  }
  const middle = Math.ceil(batch.length / 2);
  return (
    (await sendSplit(sink, batch.slice(0, middle), sending)) ??
    (await sendSplit(sink, batch.slice(middle), sending))
  );
};
