import type { Database } from './database.ts';

const CHUNK = 1000;

/**
 * Removes the payloads of settled events received before `before`; their ids stay, since the sender
 * may repeat them. Events that wait or are parked keep theirs. Answers how many; a repeat finds none.
 */
export const expirePayloads = async (database: Database, before: Date): Promise<number> => {
  let expired = 0;
  let chunk: string[];
  do {
    const rows = await database.events
      .find(
        {
          status: { $in: ['applied', 'ignored'] },
          receivedAt: { $lt: before },
          payload: { $exists: true },
        },
        { projection: { _id: 1 } },
      )
      .limit(CHUNK)
      .toArray();
    chunk = rows.map((row) => row._id);
    if (chunk.length > 0)
      await database.events.updateMany({ _id: { $in: chunk } }, { $unset: { payload: 1 } });
    expired += chunk.length;
  } while (chunk.length === CHUNK);
  return expired;
};
