import type { DirectoryId } from '../domain/ids.ts';
import { versionTime, type Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import { RECEIVED_BY_DIRECTORY_INDEX } from './indexes.ts';

/** A finished listing: what is known alive and was last seen before its fence, it did not show. */
export interface FinishedListing {
  readonly directoryId: DirectoryId;
  readonly of: 'users' | 'groups';
  readonly fence: Version;
}

const alive = (directoryId: DirectoryId) => ({
  directoryId,
  deletedAt: null,
  'sync.alive': { $type: 'string' as const },
});

const unseen = ({ directoryId, fence }: FinishedListing) => ({
  ...alive(directoryId),
  'sync.alive': { $lt: fence },
});

/** How many a directory has alive, and how many of those the listing did not show. */
export const countMissing = async (
  database: Database,
  listing: FinishedListing,
): Promise<{ readonly known: number; readonly missing: number }> => {
  const known = alive(listing.directoryId);
  const [all, missing] =
    listing.of === 'users'
      ? await Promise.all([
          database.users.countDocuments(known),
          database.users.countDocuments(unseen(listing)),
        ])
      : await Promise.all([
          database.groups.countDocuments(known),
          database.groups.countDocuments(unseen(listing)),
        ]);
  return { known: all, missing };
};

/** The next of those that the listing did not show, by id: directory users, or groups. */
export const nextMissing = async (
  database: Database,
  listing: FinishedListing,
  page: { readonly after: string | null; readonly limit: number },
): Promise<readonly { readonly _id: string; readonly id: string }[]> => {
  const where = {
    ...unseen(listing),
    ...(page.after === null ? {} : { _id: { $gt: page.after } }),
  };
  const { limit } = page;
  if (listing.of === 'groups') {
    const groups = await database.groups
      .find(where, { projection: { _id: 1 }, sort: { _id: 1 }, limit })
      .toArray();
    return groups.map(({ _id }) => ({ _id, id: _id }));
  }
  const users = await database.users
    .find(where, { projection: { directoryUserId: 1 }, sort: { _id: 1 }, limit })
    .toArray();
  return users.map(({ _id, directoryUserId: id }) => ({ _id, id }));
};

const CLOCKS_DIFFER_MS = 5 * 60_000;
const MOVES = {
  users: ['dsync.user.created', 'dsync.user.deleted'],
  groups: ['dsync.group.created', 'dsync.group.deleted'],
} as const;

/** How many events since the listing began created or deleted one of its kind; walks the directory's events since. */
export const countMoved = (database: Database, listing: FinishedListing): Promise<number> => {
  const began = versionTime(listing.fence);
  return database.events.countDocuments(
    {
      receivedAt: { $gte: new Date(began - CLOCKS_DIFFER_MS) },
      directoryId: listing.directoryId,
      type: { $in: [...MOVES[listing.of]] },
      createdAt: { $gte: new Date(began) },
    },
    { hint: RECEIVED_BY_DIRECTORY_INDEX },
  );
};
