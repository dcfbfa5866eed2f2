import type { Filter, UpdateFilter } from 'mongodb';
import type { Database } from './database.ts';
import type { OutboxDocument } from './documents.ts';
import { subscriptionsOf } from './subscriptions-of.ts';
import { transact } from './transact.ts';
import { streamFailures } from './write-outbox.ts';

/**
 * Settles the rows that `filter` finds as failed, and tells the streams of it in the same
 * transaction; the failure of a stream's own row is told to nobody. Answers how many; a repeat
 * finds none.
 */
export const failRows = async (
  database: Database,
  failing: {
    readonly filter: Filter<OutboxDocument>;
    readonly set: UpdateFilter<OutboxDocument>['$set'] & { readonly error: string };
    readonly now: Date;
  },
): Promise<number> => {
  const { outbox } = database;
  const { filter, now } = failing;
  const update = { $set: { ...failing.set, status: 'failed' as const } };
  if ((await subscriptionsOf(database)).streams.length === 0)
    return (await outbox.updateMany(filter, update)).modifiedCount;
  return transact(database, async (session, attempt) => {
    const rows = await outbox.find(filter, { session, projection: { kind: 1 } }).toArray();
    if (rows.length === 0) return 0;
    const failed = rows.map(({ _id }) => _id);
    await outbox.updateMany({ _id: { $in: failed } }, update, { session });
    const told = rows.filter(({ kind }) => kind === 'mail' || kind === 'webhook');
    await streamFailures(
      { database, session, now, attempt },
      told.map(({ _id }) => _id),
    );
    return rows.length;
  });
};
