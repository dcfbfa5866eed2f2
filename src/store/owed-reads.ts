import type { Database } from './database.ts';
import { UNORDERED } from './writing.ts';

const FIRST_MS = 3000;
const LONGEST_MS = 3_600_000;

/** A record whose memberships are owed a read, and how often that was tried. */
export interface ReadDebt {
  readonly id: string;
  readonly attempts: number;
}

/**
 * Notes that owed reads are about to be tried, and when to try each again should it not settle its
 * debt: after three seconds, doubling up to an hour.
 */
export const postponeReads = async (
  database: Database,
  postponed: {
    readonly of: 'users' | 'groups';
    readonly debts: readonly ReadDebt[];
    readonly now: Date;
  },
): Promise<void> => {
  const writes = postponed.debts.map(({ id, attempts }) => {
    const wait = Math.min(FIRST_MS * 2 ** Math.min(attempts, 20), LONGEST_MS);
    const readAt = new Date(postponed.now.getTime() + wait);
    return {
      updateOne: {
        filter: { _id: id },
        update: { $set: { 'sync.readAt': readAt, 'sync.readAttempts': attempts + 1 } },
      },
    };
  });
  if (postponed.of === 'users') await database.users.bulkWrite(writes, UNORDERED);
  else await database.groups.bulkWrite(writes, UNORDERED);
};
