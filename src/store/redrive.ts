import type { Filter } from 'mongodb';
import type { Database } from './database.ts';
import type { OutboxDocument, OutboxKind } from './documents.ts';

/** Rows that failed, or were put off: these, or all of a kind, or all. */
export type RedrivenRows =
  | { readonly ids: readonly string[] }
  | { readonly status: 'failed' | 'pending'; readonly kind: OutboxKind | undefined };

/** How many such rows there are of each kind, and how many mails among them may have been sent. */
export interface RedrivenCounts {
  readonly kinds: Readonly<Partial<Record<OutboxKind, number>>>;
  readonly inDoubt: number;
}

const IN_DOUBT = 'in-doubt';

/** Counts rows that failed or were put off. Changes nothing. */
export const countRedriven = async (
  { outbox }: Pick<Database, 'outbox'>,
  rows: RedrivenRows,
): Promise<RedrivenCounts> => {
  const filter = filterOf(rows);
  const [groups, inDoubt] = await Promise.all([
    outbox
      .aggregate<{
        _id: OutboxKind;
        count: number;
      }>([{ $match: filter }, { $group: { _id: '$kind', count: { $sum: 1 } } }])
      .toArray(),
    outbox.countDocuments({ $and: [filter, { error: IN_DOUBT }] }),
  ]);
  return { kinds: Object.fromEntries(groups.map(({ _id, count }) => [_id, count])), inDoubt };
};

/**
 * Makes rows due: those that failed with all their attempts before them, those that were put off at
 * once. A mail that may have been sent is left alone unless `inDoubt`. Answers how many; a repeat
 * finds those that have failed or been put off again meanwhile.
 */
export const redrive = async (
  { outbox }: Pick<Database, 'outbox'>,
  rows: RedrivenRows,
  { inDoubt, now }: { readonly inDoubt: boolean; readonly now: Date },
): Promise<number> => {
  const chosen = [filterOf(rows), ...(inDoubt ? [] : [{ error: { $ne: IN_DOUBT } }])];
  const due = { nextAttemptAt: now };
  const anew = { ...due, status: 'pending', attempts: 0, error: null } as const;
  const update = async (filter: Filter<OutboxDocument>, set: object): Promise<number> =>
    (await outbox.updateMany({ $and: [...chosen, filter] }, { $set: set })).modifiedCount;
  // First, so that no row is changed twice.
  const putOff = await update(PUT_OFF, due);
  const mails = await update({ status: 'failed', kind: 'mail' }, { ...anew, handedOverAt: null });
  const others = await update({ status: 'failed', kind: { $ne: 'mail' } }, anew);
  return putOff + mails + others;
};

/**
 * Rows that wait because an attempt failed. What is being delivered now is none of them: it would be
 * sent twice at once. Nor is what may have been handed over.
 */
const PUT_OFF = {
  status: 'pending',
  error: { $ne: null },
  handedOverAt: null,
  claim: { $exists: false },
} as const;

const filterOf = (rows: RedrivenRows): Filter<OutboxDocument> => {
  if ('ids' in rows) return { _id: { $in: [...rows.ids] }, $or: [{ status: 'failed' }, PUT_OFF] };
  const status = rows.status === 'failed' ? { status: rows.status } : PUT_OFF;
  return rows.kind === undefined ? status : { ...status, kind: rows.kind };
};
