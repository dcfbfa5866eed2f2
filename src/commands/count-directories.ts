import type { Database } from '../store/database.ts';
import type { DirectoryDocument } from '../store/documents.ts';
import { Refused } from './outcome.ts';

/** A directory with what stands in the database for it. */
export interface DirectorySummary {
  readonly id: string;
  readonly name: string | null;
  readonly organizationId: string | null;
  readonly type: string | null;
  readonly state: DirectoryDocument['state'];
  readonly syncStatus: DirectoryDocument['syncStatus'];
  readonly enabled: number;
  readonly people: number;
  readonly groups: number;
  readonly pending: number;
  readonly parked: number;
  /** When the oldest pending event was received. */
  readonly oldestPendingAt: Date | null;
  readonly lastEventAt: Date | null;
  readonly lastAppliedAt: Date | null;
  readonly lastSyncedAt: Date | null;
  readonly heldRemovals: number;
  readonly attention: string | null;
}

/** The directory of this id. Throws Refused when the database knows none. */
export const knownDirectory = async (
  database: Database,
  id: string,
): Promise<DirectoryDocument> => {
  const found = await database.directories.findOne({ _id: id });
  if (found === null) {
    throw new Refused(`No directory ${id} is known; \`dsync status\` lists those that are.`);
  }
  return found;
};

/** Every directory, or the one of this id, by id. Throws Refused when that one is unknown. */
export const summarizeDirectories = async (
  database: Database,
  id?: string,
): Promise<readonly DirectorySummary[]> => {
  const directories =
    id === undefined
      ? await database.directories.find().sort({ _id: 1 }).toArray()
      : [await knownDirectory(database, id)];
  return Promise.all(directories.map((directory) => summarize(database, directory)));
};

const summarize = async (
  { users, groups, events }: Database,
  directory: DirectoryDocument,
): Promise<DirectorySummary> => {
  const directoryId = directory._id;
  const [people, enabled, groupCount, pending, parked, oldest] = await Promise.all([
    users.countDocuments({ directoryId, deletedAt: null }),
    users.countDocuments({ directoryId, deletedAt: null, enabled: true }),
    groups.countDocuments({ directoryId, deletedAt: null }),
    events.countDocuments({ directoryId, status: 'pending' }),
    events.countDocuments({ directoryId, status: 'parked' }),
    events.findOne(
      { directoryId, status: 'pending' },
      { sort: { receivedAt: 1 }, projection: { receivedAt: 1 } },
    ),
  ]);
  return {
    id: directoryId,
    name: directory.name,
    organizationId: directory.organizationId,
    type: directory.type,
    state: directory.state,
    syncStatus: directory.syncStatus,
    enabled,
    people,
    groups: groupCount,
    pending,
    parked,
    oldestPendingAt: oldest?.receivedAt ?? null,
    lastEventAt: directory.lastEventAt,
    lastAppliedAt: directory.lastAppliedAt,
    lastSyncedAt: directory.lastSyncedAt,
    heldRemovals: directory.heldRemovals,
    attention: directory.attention,
  };
};
