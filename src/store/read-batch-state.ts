import type { ClientSession } from 'mongodb';
import type { BatchState, KnownGroup, KnownMembership, KnownUser } from '../domain/batch-state.ts';
import {
  directoryUserId,
  groupId,
  membershipId,
  type DirectoryId,
  type DirectoryUserId,
  type GroupId,
} from '../domain/ids.ts';
import type { CompleteReads } from '../domain/plan-batch.ts';
import type { RoleMapping } from '../domain/role-mapping.ts';
import type { Told } from '../domain/told.ts';
import type { Database } from './database.ts';
import { newDirectory } from './new-directory.ts';
import type { DirectoryDocument } from './documents.ts';
import { ofPeople } from './of-people.ts';
import { readCheckedPolicy } from './read-policy.ts';
import {
  dotted,
  knownAccount,
  knownDirectory,
  knownGroup,
  knownLink,
  knownTombstone,
  GROUP_PROJECTION,
  USER_PROJECTION,
  type PendingLink,
  type StoredUser,
} from './stored-record.ts';

/** The ids that observations are about. */
interface Subjects {
  readonly users: Set<DirectoryUserId>;
  readonly groups: Set<GroupId>;
  readonly memberships: Set<string>;
}

/** Reads, within a transaction and in a constant number of round trips, what a batch is about. */
export const readBatchState = async (
  database: Database,
  session: ClientSession,
  batch: {
    readonly directoryId: DirectoryId;
    readonly told: readonly Told[];
    readonly reads: readonly CompleteReads[];
    /** Whether to serialise with the directory's other batches. */
    readonly lock: boolean;
  },
): Promise<{
  readonly state: BatchState;
  readonly directory: DirectoryDocument;
  /** What gives a role; null while nobody can say. */
  readonly roles: RoleMapping | null;
  /** Whether accounts may be derived by the policy of this moment. */
  readonly derives: boolean;
}> => {
  const subjects = subjectsOf(batch.told, batch.reads);
  const directory = await readDirectory(database, session, batch.directoryId, batch.lock);
  const { policy, roles, derives } = await readCheckedPolicy(database, batch.directoryId, session);
  const users = await readUsers(database, session, [...subjects.users]);
  const groups = await readGroups(database, session, [...subjects.groups]);
  const memberships = await readMemberships(database, session, [...subjects.memberships]);
  return {
    directory,
    roles,
    derives,
    state: {
      directoryId: batch.directoryId,
      directory: knownDirectory(directory),
      policy,
      users,
      groups,
      memberships,
    },
  };
};

const subjectsOf = (told: readonly Told[], reads: readonly CompleteReads[]): Subjects => {
  const subjects: Subjects = {
    users: new Set(reads.flatMap((read) => read.users)),
    groups: new Set(reads.flatMap((read) => read.groups)),
    memberships: new Set(),
  };
  for (const { observations } of told) {
    for (const seen of observations) {
      switch (seen.of) {
        case 'user':
          subjects.users.add(seen.id);
          break;
        case 'group':
          subjects.groups.add(seen.id);
          break;
        case 'membership':
          subjects.users.add(seen.user);
          subjects.groups.add(seen.group);
          subjects.memberships.add(membershipId(seen.group, seen.user));
          break;
        case 'directory':
          break;
      }
    }
  }
  return subjects;
};

const readDirectory = async (
  database: Database,
  session: ClientSession,
  id: DirectoryId,
  lock: boolean,
): Promise<DirectoryDocument> => {
  if (!lock) {
    const found = await database.directories.findOne({ _id: id }, { session });
    if (found !== null) return found;
  }
  const { _id, ...fresh } = newDirectory(id);
  const { rev: _rev, ...sync } = fresh.sync;
  const { sync: _sync, ...rest } = fresh;
  const locked = await database.directories.findOneAndUpdate(
    { _id },
    {
      $inc: { 'sync.rev': 1 },
      $setOnInsert: { ...rest, ...dotted(sync) },
    },
    { session, upsert: true, returnDocument: 'after' },
  );
  if (locked === null) throw new Error('an upsert answers its document');
  return locked;
};

const readUsers = async (
  database: Database,
  session: ClientSession,
  ids: readonly DirectoryUserId[],
): Promise<Map<DirectoryUserId, KnownUser>> => {
  const known = new Map<DirectoryUserId, KnownUser>();
  if (ids.length === 0) return known;
  const accounts = database.users.find<StoredUser | PendingLink>(ofPeople(ids), {
    session,
    projection: USER_PROJECTION,
  });
  const pending: PendingLink[] = [];
  for (const stored of await accounts.toArray())
    if (stored.sync === undefined) pending.push(stored);
    else known.set(directoryUserId(stored.directoryUserId), knownAccount(stored));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length === 0) return known;
  const found = database.tombstones.find({ _id: { $in: missing } }, { session });
  const tombstones = new Map((await found.toArray()).map((stored) => [stored._id, stored]));
  for (const stored of tombstones.values())
    known.set(directoryUserId(stored._id), knownTombstone(stored));
  for (const stored of pending)
    known.set(
      directoryUserId(stored.directoryUserId),
      knownLink(stored, tombstones.get(stored.directoryUserId)),
    );
  return known;
};

const readGroups = async (
  database: Database,
  session: ClientSession,
  ids: readonly GroupId[],
): Promise<Map<GroupId, KnownGroup>> => {
  if (ids.length === 0) return new Map();
  const stored = await database.groups
    .find({ _id: { $in: [...ids] } }, { session, projection: GROUP_PROJECTION })
    .toArray();
  return new Map(stored.map((group) => [groupId(group._id), knownGroup(group)]));
};

const readMemberships = async (
  database: Database,
  session: ClientSession,
  ids: readonly string[],
): Promise<Map<string, KnownMembership>> => {
  if (ids.length === 0) return new Map();
  const stored = await database.groupMembers
    .find({ _id: { $in: [...ids] } }, { session, projection: { sync: 1, removedAt: 1 } })
    .toArray();
  return new Map(
    stored.map((row) => [
      row._id,
      {
        membership: { added: row.sync.added, removed: row.sync.removed },
        live: row.removedAt === null,
        stored: true,
      },
    ]),
  );
};
