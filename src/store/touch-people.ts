import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';
import { ofPeople } from './of-people.ts';

/**
 * Writes these people's accounts without a change, within a transaction: what else is decided of them
 * at this moment by their memberships conflicts, though it reads those only.
 */
export const touchPeople = async (
  { users }: Pick<Database, 'users'>,
  session: ClientSession,
  people: Iterable<string>,
): Promise<void> => {
  // Only records of ours: an account whose link is pending has no bookkeeping to change.
  await users.updateMany(
    { ...ofPeople(people), 'sync.rev': { $exists: true } },
    { $inc: { 'sync.rev': 1 } },
    { session },
  );
};
