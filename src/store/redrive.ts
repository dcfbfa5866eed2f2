import type { Filter } from 'mongodb';
import type { Database } from './database.ts';
import type { OutboxDocument, OutboxKind } from './documents.ts';

/** Failed rows: these, or all of a kind, or all. */
export type FailedRows =
  | { readonly ids: readonly string[] }
  | { readonly kind: OutboxKind | undefined };

/** How many failed rows there are of each kind, and how many mails among them may have been sent. */
export interface FailedCounts {
  readonly kinds: Readonly<Partial<Record<OutboxKind, number>>>;
  readonly inDoubt: number;
}

/** Counts failed rows. Changes nothing. */
export const countFailed = async (
  { outbox }: Pick<Database, 'outbox'>,
  rows: FailedRows,
): Promise<FailedCounts> => {
  const filter = failed(rows);
  const [groups, inDoubt] = await Promise.all([
    outbox
      .aggregate<{
        _id: OutboxKind;
        count: number;
      }>([{ $match: filter }, { $group: { _id: '$kind', count: { $sum: 1 } } }])
      .toArray(),
    outbox.countDocuments({ ...filter, error: 'in-doubt' }),
  ]);
  return { kinds: Object.fromEntries(groups.map(({ _id, count }) => [_id, count])), inDoubt };
};

/**
 * Makes failed rows due again, with all their attempts before them. Answers how many; a repeat finds
 * those that have failed again meanwhile.
 */
export const redrive = async (
  { outbox }: Pick<Database, 'outbox'>,
  rows: FailedRows,
  now: Date,
): Promise<number> => {
  const anew = { status: 'pending', attempts: 0, nextAttemptAt: now, error: null } as const;
  const filter = failed(rows);
  const mails = await outbox.updateMany(
    { $and: [filter, { kind: 'mail' }] },
    { $set: { ...anew, handedOverAt: null } },
  );
  const others = await outbox.updateMany(
    { $and: [filter, { kind: { $ne: 'mail' } }] },
    { $set: anew },
  );
  return mails.modifiedCount + others.modifiedCount;
};

const failed = (rows: FailedRows): Filter<OutboxDocument> => ({
  status: 'failed',
  ...('ids' in rows
    ? { _id: { $in: [...rows.ids] } }
    : rows.kind === undefined
      ? {}
      : { kind: rows.kind }),
});
