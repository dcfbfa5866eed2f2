import { chunked } from '../chunked.ts';
import type { Database } from './database.ts';
import type { EventStatus } from './documents.ts';
import { PAYLOADS_INDEX } from './indexes.ts';

const CHUNK = 1000;

/**
 * Removes the payloads of settled events received before `before`; their ids stay, since the sender
 * may repeat them. Events that wait or are parked keep theirs. Reads only rows that have a payload,
 * each once. Answers how many; a repeat finds none.
 */
export const expirePayloads = async ({ events }: Database, before: Date): Promise<number> => {
  const old = events.find(
    { payload: { $exists: true }, receivedAt: { $lt: before } },
    { projection: { status: 1 }, hint: PAYLOADS_INDEX, batchSize: CHUNK },
  );
  let expired = 0;
  for await (const chunk of chunked(old, CHUNK)) {
    const ids = chunk.flatMap(({ _id, status }) => (SETTLED.has(status) ? [_id] : []));
    if (ids.length === 0) continue;
    // The status again: a parked event may have been told anew by a sound copy.
    const settled = { _id: { $in: ids }, status: { $in: [...SETTLED] } };
    const { modifiedCount } = await events.updateMany(settled, GONE);
    expired += modifiedCount;
  }
  return expired;
};

/** Nobody's data is left, so nobody needs to be found by it. */
const GONE = { $unset: { payload: 1, directoryUserId: 1 } } as const;
const SETTLED: ReadonlySet<EventStatus> = new Set(['applied', 'ignored']);
