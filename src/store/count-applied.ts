import type { ClientSession } from 'mongodb';
import type { DirectoryId } from '../domain/ids.ts';
import { lagBucket } from '../domain/lag-histogram.ts';
import type { Database } from './database.ts';
import { dayOf, statisticsId, typeKey } from './statistics-days.ts';

/**
 * Counts events into the statistics of the days they were received on, in the transaction that
 * settles them: so a repeat, which settles nothing, counts nothing. One document per directory and
 * day, which only the directory's own batches write, and those follow one another already.
 */
export const countApplied = async (
  { statistics }: Pick<Database, 'statistics'>,
  session: ClientSession,
  count: {
    readonly directoryId: DirectoryId;
    /** When they were applied. */
    readonly now: Date;
    readonly applied: readonly { readonly type: string; readonly receivedAt: Date }[];
  },
): Promise<void> => {
  const { directoryId, now, applied } = count;
  const days = Object.groupBy(applied, ({ receivedAt }) => dayOf(receivedAt));
  const writes = Object.entries(days).map(([day, events = []]) => {
    const $inc: Record<string, number> = {};
    for (const { type, receivedAt } of events) {
      const path = `lags.${typeKey(type)}.${lagBucket(now.getTime() - receivedAt.getTime())}`;
      $inc[path] = ($inc[path] ?? 0) + 1;
    }
    return {
      updateOne: {
        filter: { _id: statisticsId(directoryId, day) },
        update: { $inc, $setOnInsert: { kind: 'statistics' as const, directoryId, day } },
        upsert: true,
      },
    };
  });
  if (writes.length > 0) await statistics.bulkWrite(writes, { session });
};
