import type { Database } from './database.ts';

/** Makes a backfill due for every directory that is not deleted, and answers their ids. */
export const oweEveryBackfill = async (database: Database): Promise<readonly string[]> => {
  const all = await database.directories
    .find({ state: { $ne: 'deleted' } }, { projection: { _id: 1 } })
    .toArray();
  await database.directories.updateMany(
    { state: { $ne: 'deleted' } },
    { $set: { 'sync.owesBackfill': true }, $inc: { 'sync.rev': 1 } },
  );
  return all.map((directory) => directory._id);
};
