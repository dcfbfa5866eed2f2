import type { StreamedIds } from '../store/documents.ts';
import type { ClaimedRow, OutboxLane, Settlement } from '../store/outbox-lane.ts';
import type { Streamed } from '../store/read-streamed.ts';
import { NOTHING_DUE, type DeliverSome, type Delivering } from './delivering.ts';
import type { LogSink, Sent } from './log-sink.ts';
import { restMs } from './retry-schedule.ts';
import { batchesOf, sendSplit, type Line, type Sending } from './send-split.ts';
import { auditEntry, eventEntry, failureEntry, type StreamEntry } from './stream-entry.ts';

const ROWS = 200;
const ENTRIES = 2000;

/** A line, and where its id stands. */
interface StreamLine<Encoded> extends Line<Encoded> {
  readonly row: ClaimedRow;
  readonly kind: keyof StreamedIds;
  readonly id: string;
}

/**
 * Answers a function that sends the lines of the next rows that are due, in batches, and settles
 * each row: delivered when all its lines were taken, failed with the lines that are refused for what
 * is in them. A sink that does not take them now is tried again for as long as it takes.
 */
export const createStreamDelivery =
  <Encoded>({
    lane,
    read,
    sink,
    leaseMs,
    now,
    random,
  }: Delivering & {
    readonly lane: OutboxLane;
    readonly read: (ids: readonly StreamedIds[]) => Promise<Streamed>;
    readonly sink: LogSink<Encoded>;
  }): DeliverSome =>
  async ({ rests, signal, until }) => {
    const claimed = { now: now(), limit: ROWS, entries: ENTRIES, leaseMs };
    const { claim, rows } = await lane.claim(claimed);
    if (rows.length === 0) return NOTHING_DUE;
    const streamed = await read(rows.flatMap(({ entries }) => entries ?? []));
    const lines = rows.flatMap((row) =>
      entriesOf(row, streamed).map(({ entry, ...where }): StreamLine<Encoded> => {
        const encoded = sink.encode(entry, now());
        return { row, ...where, encoded, bytes: sink.bytesOf(encoded) };
      }),
    );
    const outcomes = new Map<StreamLine<Encoded>, Told>();
    const settle = (some: readonly StreamLine<Encoded>[], sent: Told): void => {
      for (const line of some) outcomes.set(line, sent);
    };
    const fits = ({ bytes }: Line<Encoded>): boolean => bytes <= sink.limits.bytesOfEntry;
    settle(
      lines.filter((line) => !fits(line)),
      { kind: 'refused', code: 'too-large' },
    );
    const sending: Sending<StreamLine<Encoded>> = {
      signal,
      isOver: () => signal.aborted || now() >= until,
      settle,
      retract: (some) => some.forEach((line) => outcomes.delete(line)),
      refused: [],
    };
    let failure: Failure | null = null;
    for (const batch of batchesOf<Encoded, StreamLine<Encoded>>(lines.filter(fits), sink.limits)) {
      // oxlint-disable-next-line no-await-in-loop -- in their order, and one request at a time
      failure = await sendSplit(sink, batch, sending);
      if (failure !== null) break;
    }
    const failed = failure?.kind === 'failed' ? failure : null;
    const rest =
      failed === null ? 0 : restMs({ rests, retryAfterMs: failed.retryAfterMs, random: random() });
    const again = failed && { at: new Date(now().getTime() + rest), status: failed.code };
    const settlements = rows.map((row) => settlementOf(row, { lines, outcomes, again }));
    await lane.settle(claim, settlements, { now: now() });
    const count = (kind: Settlement['kind']) =>
      settlements.filter((one) => one.kind === kind).length;
    return {
      claimed: rows.length,
      delivered: count('delivered'),
      failed: count('failed'),
      retried: count('retry'),
      restMs: rest,
    };
  };

type Told = Extract<Sent, { readonly kind: 'accepted' | 'refused' }>;
type Failure = Extract<Sent, { readonly kind: 'failed' | 'given-up' }>;

/** What is known of a row's lines; an id without a document has been erased, and tells nothing. */
const entriesOf = (
  { entries, createdAt }: ClaimedRow,
  { audit, events, effects, organizations }: Streamed,
): readonly {
  readonly kind: keyof StreamedIds;
  readonly id: string;
  readonly entry: StreamEntry;
}[] => {
  const organizationOf = (directoryId: string | null): string | null =>
    directoryId === null ? null : (organizations.get(directoryId) ?? null);
  const told = <Document>(
    kind: keyof StreamedIds,
    documents: ReadonlyMap<string, Document>,
    entry: (document: Document) => StreamEntry,
  ) =>
    (entries?.[kind] ?? []).flatMap((id) => {
      const document = documents.get(id);
      return document === undefined ? [] : [{ kind, id, entry: entry(document) }];
    });
  return [
    ...told('events', events, (event) => eventEntry(event, organizationOf(event.directoryId))),
    ...told('audit', audit, auditEntry),
    ...told('effects', effects, (row) =>
      failureEntry(row, { at: createdAt, organizationId: organizationOf(row.directoryId) }),
    ),
  ];
};

const settlementOf = <Encoded>(
  row: ClaimedRow,
  {
    lines,
    outcomes,
    again,
  }: {
    readonly lines: readonly StreamLine<Encoded>[];
    readonly outcomes: ReadonlyMap<StreamLine<Encoded>, Told>;
    readonly again: { readonly at: Date; readonly status: string } | null;
  },
): Settlement => {
  const { _id: id } = row;
  const own = lines.filter((line) => line.row === row);
  const left = own.filter((line) => !outcomes.has(line));
  const refused = own.filter((line) => outcomes.get(line)?.kind === 'refused');
  if (left.length > 0) {
    const entries = idsOf([...left, ...refused]);
    return again === null
      ? { kind: 'released', id, entries }
      : { kind: 'retry', id, ...again, entries };
  }
  const [first] = refused;
  if (first !== undefined)
    return {
      kind: 'failed',
      id,
      status: outcomes.get(first)?.code ?? 'refused',
      entries: idsOf(refused),
    };
  const accepted = own.map((line) => outcomes.get(line)?.code).find((code) => code !== undefined);
  return { kind: 'delivered', id, status: accepted ?? 'nothing-left' };
};

const idsOf = (
  lines: readonly { readonly kind: keyof StreamedIds; readonly id: string }[],
): StreamedIds => {
  const of = (kind: keyof StreamedIds) =>
    lines.filter((line) => line.kind === kind).map(({ id }) => id);
  return { audit: of('audit'), events: of('events'), effects: of('effects') };
};
