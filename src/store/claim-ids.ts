import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';

/** Whether the server is the stand-in of a local stack. */
export const isStandIn = async ({ db }: Pick<Database, 'db'>): Promise<boolean> =>
  'secantusVersion' in (await db.admin().command({ buildInfo: 1 }));

/**
 * Makes this transaction conflict with any other that creates an account under one of these ids at
 * this moment, though neither sees the other's documents; nothing of it stays. Only for a stand-in for
 * MongoDB, which does not ask the unique index of directory users across transactions: MongoDB does, and
 * an index of the application may refuse the bare documents.
 */
export const claimIds = async (
  database: Pick<Database, 'db' | 'users'>,
  session: ClientSession,
  ids: readonly string[],
): Promise<void> => {
  const all = { _id: { $in: [...ids] } };
  const found = await database.users
    .find(all, { session, projection: { _id: 1 }, batchSize: ids.length + 1 })
    .toArray();
  const taken = new Set(found.map(({ _id }) => _id));
  const free = ids.filter((id) => !taken.has(id));
  if (free.length === 0) return;
  const claims = database.db.collection<{ _id: string }>(database.users.collectionName);
  await claims.insertMany(
    free.map((_id) => ({ _id })),
    { session },
  );
  await claims.deleteMany({ _id: { $in: free } }, { session });
};
