import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';
import type { Leaver } from './hard-delete.ts';
import { PERSON_INDEX } from './indexes.ts';
import { ofPeople } from './of-people.ts';

/** Events that cannot show anybody's return. */
const LEAVING = new Set(['dsync.user.deleted', 'dsync.group.user_removed']);

/**
 * Of these people, whom an event names that may show their return: one that waits to be applied, or
 * one that is parked, is newer than the deletion, and would show them alive.
 */
export const awaited = async (
  database: Database,
  session: ClientSession,
  people: readonly Leaver[],
): Promise<ReadonlySet<string>> => {
  const leftAt = new Map(people.map((one) => [one.directoryUserId, one.deletedAt?.getTime() ?? 0]));
  const waiting = await database.events
    .find(
      { ...ofPeople(leftAt.keys()), status: { $in: ['pending', 'parked'] } },
      {
        session,
        projection: { directoryUserId: 1, status: 1, type: 1, createdAt: 1 },
        // The index by status would be walked through all that waits.
        hint: PERSON_INDEX,
      },
    )
    .toArray();
  return new Set(
    waiting.flatMap(({ directoryUserId = '', status, type, createdAt }) =>
      status === 'pending' ||
      (!LEAVING.has(type) && createdAt.getTime() >= (leftAt.get(directoryUserId) ?? 0))
        ? [directoryUserId]
        : [],
    ),
  );
};
