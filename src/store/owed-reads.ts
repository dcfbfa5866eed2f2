import {
  directoryUserId,
  groupId,
  type DirectoryId,
  type DirectoryUserId,
  type GroupId,
} from '../domain/ids.ts';
import type { Database } from './database.ts';
import { UNORDERED } from './writing.ts';

const FIRST_MS = 3000;
const LONGEST_MS = 3_600_000;

/** A record whose memberships are owed a read, and how often that was tried. */
export interface ReadDebt {
  readonly id: string;
  readonly attempts: number;
}

/** Records whose memberships are owed a read. */
export const OWES_READ = { 'sync.owesRead': true } as const;

/** Records whose owed read was due at `at`; one that was never tried is due at once. */
export const readDueAt = (at: Date) => ({ ...OWES_READ, 'sync.readAt': { $not: { $gt: at } } });

/** The debts of a directory that are due now, up to `limit` of people and as many of groups. */
export const dueReads = async (
  database: Pick<Database, 'users' | 'groups'>,
  due: { readonly directoryId: DirectoryId; readonly now: Date; readonly limit: number },
): Promise<{
  readonly users: readonly (ReadDebt & { readonly person: DirectoryUserId })[];
  readonly groups: readonly (ReadDebt & { readonly group: GroupId })[];
}> => {
  const owing = { directoryId: due.directoryId, ...readDueAt(due.now) };
  const users = await database.users
    .find(owing, { projection: { directoryUserId: 1, 'sync.readAttempts': 1 } })
    .limit(due.limit)
    .toArray();
  const groups = await database.groups
    .find(owing, { projection: { 'sync.readAttempts': 1 } })
    .limit(due.limit)
    .toArray();
  return {
    users: users.map(({ _id, sync, directoryUserId: person }) => ({
      id: _id,
      attempts: sync.readAttempts,
      person: directoryUserId(person),
    })),
    groups: groups.map(({ _id, sync }) => ({
      id: _id,
      attempts: sync.readAttempts,
      group: groupId(_id),
    })),
  };
};

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
