import type { Database } from './database.ts';

const FIRST_MS = 3000;
const LONGEST_MS = 3_600_000;

/**
 * Notes that an owed read is about to be tried, and when to try again should it not settle the
 * debt: after three seconds, doubling up to an hour.
 */
export const postponeRead = async (
  database: Database,
  debt: {
    readonly of: 'users' | 'groups';
    readonly id: string;
    readonly attempts: number;
    readonly now: Date;
  },
): Promise<void> => {
  const wait = Math.min(FIRST_MS * 2 ** Math.min(debt.attempts, 20), LONGEST_MS);
  const readAt = new Date(debt.now.getTime() + wait);
  const postponed = { $set: { 'sync.readAt': readAt, 'sync.readAttempts': debt.attempts + 1 } };
  if (debt.of === 'users') await database.users.updateOne({ _id: debt.id }, postponed);
  else await database.groups.updateOne({ _id: debt.id }, postponed);
};
