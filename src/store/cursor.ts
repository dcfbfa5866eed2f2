import type { Database } from './database.ts';

const STREAM = 'events';

/** The last event that the poller stored; null before the first, or once the cursor was cleared. */
export const readCursor = async (database: Database): Promise<string | null> =>
  (await database.cursors.findOne({ _id: STREAM }))?.after ?? null;

/** Moves the cursor, unless another poller moved it meanwhile: then that one's stands. */
export const moveCursor = async (
  database: Database,
  move: { readonly from: string | null; readonly to: string | null; readonly now: Date },
): Promise<void> => {
  if (move.from === null) {
    await database.cursors.updateOne(
      { _id: STREAM },
      { $setOnInsert: { after: null, updatedAt: move.now } },
      { upsert: true },
    );
  }
  await database.cursors.updateOne(
    { _id: STREAM, after: move.from },
    { $set: { after: move.to, updatedAt: move.now } },
  );
};
