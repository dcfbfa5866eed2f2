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

/**
 * Sends a batch; one that is refused is halved until the line that is refused is alone. Tells each
 * line's outcome by `settle`, and answers the failure that ended it, or null: what was not told then
 * is still to be sent.
 */
export const sendSplit = async <Encoded, Some extends Line<Encoded>>(
  sink: Pick<LogSink<Encoded>, 'send'>,
  batch: readonly Some[],
  {
    signal,
    settle,
  }: {
    readonly signal: AbortSignal;
    readonly settle: (
      lines: readonly Some[],
      sent: Extract<Sent, { readonly kind: 'accepted' | 'refused' }>,
    ) => void;
  },
): Promise<Extract<Sent, { readonly kind: 'failed' | 'given-up' }> | null> => {
  const sent = await sink.send(
    batch.map(({ encoded }) => encoded),
    signal,
  );
  if (sent.kind === 'failed' || sent.kind === 'given-up') return sent;
  if (sent.kind === 'accepted' || batch.length === 1) {
    settle(batch, sent);
    return null;
  }
  const middle = Math.ceil(batch.length / 2);
  return (
    (await sendSplit(sink, batch.slice(0, middle), { signal, settle })) ??
    (await sendSplit(sink, batch.slice(middle), { signal, settle }))
  );
};
