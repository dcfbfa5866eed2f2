import { createHash } from 'node:crypto';
import { webhookRowId } from '../domain/effect.ts';
import type { StreamKind } from '../domain/subscriptions.ts';
import type { AuditDocument, OutboxDocument, StreamedIds } from './documents.ts';
import { subscriptionsOf } from './subscriptions-of.ts';
import { UNORDERED, type Writing } from './writing.ts';

/**
 * Puts into the outbox, in the transaction that writes these audit entries, a webhook for each that
 * the application subscribes to and one row for each stream. Costs nothing where nobody is told.
 */
export const tellOfAudit = async (
  writing: Writing,
  entries: readonly AuditDocument[],
): Promise<void> => {
  const [first] = entries;
  if (first === undefined) return;
  const { webhook, streams } = await subscriptionsOf(writing.database, writing.session);
  const told = webhook.size === 0 ? [] : entries.filter(({ type }) => webhook.has(type));
  const rows = told.map(({ _id, directoryId }): OutboxDocument => ({
    _id: webhookRowId(_id),
    kind: 'webhook',
    directoryId,
    lastStatus: null,
    ...due(writing.now),
  }));
  const streamed = { audit: entries.map(({ _id }) => _id), events: [], effects: [] };
  await writeRows(writing, [
    ...rows,
    ...streams.map((kind) => streamRow(writing.now, { kind, ...first, entries: streamed })),
  ]);
};

/** Puts one row for each stream into the outbox, in the transaction that settles these events. */
export const streamEvents = (
  writing: Writing,
  settled: { readonly directoryId: string | null; readonly ids: readonly string[] },
): Promise<void> =>
  writeStreamed(writing, settled.directoryId, { audit: [], events: [...settled.ids], effects: [] });

/** The same for rows of the outbox that failed; each of their failures is told by itself. */
export const streamFailures = (writing: Writing, rowIds: readonly string[]): Promise<void> =>
  writeStreamed(writing, null, { audit: [], events: [], effects: [...rowIds] });

const writeStreamed = async (
  writing: Writing,
  directoryId: string | null,
  entries: StreamedIds,
): Promise<void> => {
  if (entryCount(entries) === 0) return;
  const { streams } = await subscriptionsOf(writing.database, writing.session);
  if (streams.length === 0) return;
  await writeRows(
    writing,
    streams.map((kind) => streamRow(writing.now, { kind, directoryId, entries })),
  );
};

const streamRow = (
  now: Date,
  row: {
    readonly kind: StreamKind;
    readonly directoryId: string | null;
    readonly entries: StreamedIds;
  },
): OutboxDocument => ({
  _id: `${row.kind}:${digest(now, row.entries)}`,
  kind: row.kind,
  directoryId: row.directoryId,
  entries: row.entries,
  entryCount: entryCount(row.entries),
  lastStatus: null,
  ...due(now),
});

const entryCount = ({ audit, events, effects }: StreamedIds): number =>
  audit.length + events.length + effects.length;

// The time is part of it: an event that is parked, and settled again later, is told of twice.
const digest = (now: Date, { audit, events, effects }: StreamedIds): string =>
  createHash('sha256')
    .update(JSON.stringify([now.getTime(), audit, events, effects]))
    .digest('hex')
    .slice(0, 32);

/** How a row begins: due at once, and not tried yet. */
export const due = (now: Date) =>
  ({
    status: 'pending',
    attempts: 0,
    nextAttemptAt: now,
    deliveredAt: null,
    error: null,
    createdAt: now,
  }) as const;

/** Puts rows into the outbox, in this transaction; one that is already there stays as it is. */
export const writeRows = async (
  { database, session, attempt }: Writing,
  rows: readonly OutboxDocument[],
): Promise<void> => {
  if (rows.length === 0) return;
  if (attempt === 0) {
    await database.outbox.insertMany([...rows], { session, ...UNORDERED });
    return;
  }
  await database.outbox.bulkWrite(
    rows.map(({ _id, ...rest }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true },
    })),
    { session, ...UNORDERED },
  );
};
