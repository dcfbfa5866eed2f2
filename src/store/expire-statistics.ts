import type { Database } from './database.ts';
import { dayOf, MOST_DAYS } from './statistics-days.ts';

const DAY_MS = 86_400_000;

/** Removes the statistics of days that nobody can ask for any more. Answers how many; a repeat finds none. */
export const expireStatistics = async (
  { statistics }: Pick<Database, 'statistics'>,
  now: Date,
): Promise<number> => {
  const first = dayOf(new Date(now.getTime() - MOST_DAYS * DAY_MS));
  const { deletedCount } = await statistics.deleteMany({ kind: 'statistics', day: { $lt: first } });
  return deletedCount;
};
