import type { Filter } from 'mongodb';
import type { FrozenUntil } from '../domain/directory.ts';
import type { DirectoryId } from '../domain/ids.ts';
import { versionEvent, versionTime } from '../domain/version.ts';
import type { Database } from './database.ts';
import type { EventDocument } from './documents.ts';

/** The directory's next events that may be applied, in the order of versions. */
export const pendingEvents = (
  database: Database,
  query: {
    readonly directoryId: DirectoryId;
    readonly limit: number;
    readonly frozen: FrozenUntil | null;
  },
): Promise<EventDocument[]> =>
  database.events
    .find({ directoryId: query.directoryId, status: 'pending', ...movable(query.frozen) })
    .sort({ createdAt: 1, _id: 1 })
    .limit(query.limit)
    .batchSize(query.limit + 1)
    .toArray();

/**
 * Which events of a directory may be applied. A version is WorkOS's time, then the event id, so of
 * the millisecond in which a directory stands still only the smaller ids and its own.
 */
export const movable = (frozen: FrozenUntil | null): Filter<EventDocument> => {
  if (frozen === null) return {};
  const createdAt = new Date(versionTime(frozen.version));
  const last = versionEvent(frozen.version);
  return {
    $or: [
      { createdAt: { $lt: createdAt } },
      ...(last === null ? [] : [{ createdAt, _id: { $lte: last } }]),
      { type: { $in: [...frozen.awaits] } },
    ],
  };
};
