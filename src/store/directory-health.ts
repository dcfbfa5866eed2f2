import type { Database } from './database.ts';
import { ANY_TIME } from './indexes.ts';
import type { DirectoryDocument } from './documents.ts';

/** How a directory does: ids, words, counts and times. */
export interface DirectoryHealth {
  readonly id: string;
  readonly name: string | null;
  readonly organizationId: string | null;
  readonly type: string | null;
  readonly state: DirectoryDocument['state'];
  readonly syncStatus: DirectoryDocument['syncStatus'];
  /** People with access. */
  readonly enabled: number;
  /** All who are not deleted. */
  readonly people: number;
  readonly groups: number;
  readonly pending: number;
  readonly parked: number;
  /** When the event was received that is to be applied next. */
  readonly oldestPendingAt: Date | null;
  /** How long that one has waited; 0 when none waits. */
  readonly lagMs: number;
  readonly lastEventAt: Date | null;
  readonly lastAppliedAt: Date | null;
  readonly lastSyncedAt: Date | null;
  readonly heldRemovals: number;
  readonly attention: string | null;
}

type From = Pick<Database, 'directories' | 'users' | 'groups' | 'events'>;

/** The health of one directory, or null when none of this id is known. */
export const directoryHealth = async (
  database: From,
  { directoryId, now }: { readonly directoryId: string; readonly now: Date },
): Promise<DirectoryHealth | null> => {
  const directory = await database.directories.findOne({ _id: directoryId });
  return directory === null ? null : measure(database, directory, now);
};

/** The ids of up to `limit` directories after `after`, in order, and where the next page begins. */
export const directoryPage = async (
  { directories }: Pick<Database, 'directories'>,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> => {
  const found = await directories
    .find(after === null ? {} : { _id: { $gt: after } }, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .limit(limit + 1)
    .toArray();
  const ids = found.slice(0, limit).map(({ _id }) => _id);
  return { ids, next: found.length > limit ? (ids.at(-1) ?? null) : null };
};

/** The health of each of these directories that is known. */
export const directoriesHealth = async (
  database: From,
  { ids, now }: { readonly ids: readonly string[]; readonly now: Date },
): Promise<readonly DirectoryHealth[]> => {
  const all = await Promise.all(
    ids.map((directoryId) => directoryHealth(database, { directoryId, now })),
  );
  return all.filter((one) => one !== null);
};

// Each number is that of an index's entries: the many are counted, or the few that differ from them.
const measure = async (
  { users, groups, events }: From,
  directory: DirectoryDocument,
  now: Date,
): Promise<DirectoryHealth> => {
  const directoryId = directory._id;
  const [accounts, disabled, gone, allGroups, goneGroups, pending, parked, oldest] =
    await Promise.all([
      users.countDocuments({ directoryId }),
      users.countDocuments({ directoryId, enabled: false }),
      users.countDocuments({ directoryId, hardDeleteAt: ANY_TIME }),
      groups.countDocuments({ directoryId }),
      groups.countDocuments({ directoryId, deletedAt: ANY_TIME }),
      events.countDocuments({ directoryId, status: 'pending' }),
      events.countDocuments({ directoryId, status: 'parked', receivedAt: ANY_TIME }),
      events.findOne(
        { directoryId, status: 'pending' },
        { sort: { createdAt: 1, _id: 1 }, projection: { receivedAt: 1 } },
      ),
    ]);
  const oldestPendingAt = oldest?.receivedAt ?? null;
  return {
    id: directoryId,
    name: directory.name,
    organizationId: directory.organizationId,
    type: directory.type,
    state: directory.state,
    syncStatus: directory.syncStatus,
    // Counted one after another: somebody may come or go in between.
    enabled: Math.max(0, accounts - disabled),
    people: Math.max(0, accounts - gone),
    groups: Math.max(0, allGroups - goneGroups),
    pending,
    parked,
    oldestPendingAt,
    lagMs: oldestPendingAt === null ? 0 : Math.max(0, now.getTime() - oldestPendingAt.getTime()),
    lastEventAt: directory.lastEventAt,
    lastAppliedAt: directory.lastAppliedAt,
    lastSyncedAt: directory.lastSyncedAt,
    heldRemovals: directory.heldRemovals,
    attention: directory.attention,
  };
};
