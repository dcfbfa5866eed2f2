import { LANE_KINDS } from '../domain/subscriptions.ts';
import type { Database } from './database.ts';

const CHUNK = 1000;

/**
 * Removes rows of the outbox that were delivered before `before`. Mails stay: they say who was
 * written to already. Answers how many; a repeat finds none.
 */
export const expireReceipts = async (
  { outbox }: Pick<Database, 'outbox'>,
  before: Date,
): Promise<number> => {
  let expired = 0;
  let chunk: string[];
  do {
    const rows = await outbox
      .find(
        {
          kind: { $in: [...LANE_KINDS] },
          status: 'delivered',
          deliveredAt: { $lt: before },
        },
        { projection: { _id: 1 } },
      )
      .limit(CHUNK)
      .toArray();
    chunk = rows.map((row) => row._id);
    if (chunk.length > 0) await outbox.deleteMany({ _id: { $in: chunk } });
    expired += chunk.length;
  } while (chunk.length === CHUNK);
  return expired;
};
