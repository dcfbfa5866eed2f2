import type { DirectoryId } from '../domain/ids.ts';
import type { Database } from './database.ts';
import type { EventDocument } from './documents.ts';

/**
 * The directory's next events in the order of versions: WorkOS's time, then the event id. Of a
 * frozen directory only those up to its deletion (`notAfter`), and any that activates it.
 */
export const pendingEvents = (
  database: Database,
  query: {
    readonly directoryId: DirectoryId;
    readonly limit: number;
    readonly notAfter: Date | null;
  },
): Promise<EventDocument[]> =>
  database.events
    .find({
      directoryId: query.directoryId,
      status: 'pending',
      ...(query.notAfter === null
        ? {}
        : { $or: [{ createdAt: { $lte: query.notAfter } }, { type: 'dsync.activated' }] }),
    })
    .sort({ createdAt: 1, _id: 1 })
    .limit(query.limit)
    .batchSize(query.limit + 1)
    .toArray();
