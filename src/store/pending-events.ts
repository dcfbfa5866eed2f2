import { BSON, type Filter } from 'mongodb';
import type { FrozenUntil } from '../domain/directory.ts';
import type { DirectoryId } from '../domain/ids.ts';
import { versionEvent, versionTime } from '../domain/version.ts';
import type { Database } from './database.ts';
import type { EventDocument } from './documents.ts';

/** The next events of a directory, as many as one transaction should hold. */
export interface PendingEvents {
  readonly events: readonly EventDocument[];
  /** Whether more may wait behind them. */
  readonly more: boolean;
}

/**
 * The directory's next events that may be applied, in the order of versions: up to `limit` of them,
 * and up to `bytes` of what is stored of them, but always one where any waits.
 */
export const pendingEvents = async (
  database: Database,
  query: {
    readonly directoryId: DirectoryId;
    readonly limit: number;
    readonly bytes: number;
    readonly frozen: FrozenUntil | null;
  },
): Promise<PendingEvents> => {
  // Raw, because the size is known then; to measure what was read takes as long as to write it.
  const cursor = database.events
    .find({ directoryId: query.directoryId, status: 'pending', ...movable(query.frozen) }, RAW)
    .sort({ createdAt: 1, _id: 1 })
    .limit(query.limit)
    .batchSize(query.limit + 1)
    .map((raw) => raw as unknown as Uint8Array);
  const events: EventDocument[] = [];
  let bytes = 0;
  for await (const raw of cursor) {
    bytes += raw.byteLength;
    if (events.length > 0 && bytes > query.bytes) return { events, more: true };
    events.push(BSON.deserialize(raw) as EventDocument);
  }
  return { events, more: events.length === query.limit };
};

const RAW = { raw: true } as const;

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
