import type { ClientSession } from 'mongodb';
import type { AuditEntry } from '../domain/effect.ts';
import {
  directoryUserId,
  groupId,
  userId,
  type DirectoryId,
  type DirectoryUserId,
  type GroupId,
} from '../domain/ids.ts';
import { lastDeletion } from '../domain/lifecycle.ts';
import type { Cause } from '../domain/told.ts';
import type { JoinedRecord } from '../domain/record.ts';
import { isNewer, newest, versionEvent, type Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import type { GroupMemberDocument } from './documents.ts';
import { writeAudit } from './write-audit.ts';

/** How many memberships one transaction may end; more are left for the next chunk. */
export const ENDING_CHUNK = 1000;

type Ended = Pick<JoinedRecord<unknown>, 'life' | 'listed'>;

/** Records whose deletion, or whose complete listing, may have ended memberships. */
export interface EndedRecords {
  readonly directoryId: DirectoryId;
  readonly users: ReadonlyMap<DirectoryUserId, Ended>;
  readonly groups: ReadonlyMap<GroupId, Ended>;
}

/**
 * Ends, within a transaction, the live memberships that the given records' deletions or complete
 * listings ended. Answers whether some are left, and who lost one and why: their roles may follow
 * from it. A second call goes on.
 */
export const endMemberships = async (
  context: {
    readonly database: Database;
    readonly session: ClientSession;
    readonly now: Date;
    readonly attempt: number;
  },
  ended: EndedRecords,
): Promise<{ readonly people: ReadonlyMap<DirectoryUserId, Cause>; readonly left: boolean }> => {
  const byUser = await endedRows(context, 'directoryUserId', ended.users);
  const byGroup = await endedRows(context, 'groupId', ended.groups);
  const rows = new Map([...byUser.rows, ...byGroup.rows].map((row) => [row.row._id, row]));
  const removals = [...rows.values()].map(({ row, by }) => ({
    person: directoryUserId(row.directoryUserId),
    entry: removal(ended.directoryId, row, by),
  }));
  const people = new Map(removals.map(({ person, entry }) => [person, entry.cause]));
  if (rows.size > 0) {
    await context.database.groupMembers.updateMany(
      { _id: { $in: [...rows.keys()] } },
      { $set: { removedAt: context.now } },
      { session: context.session },
    );
    await writeAudit(
      context,
      removals.map(({ entry }) => entry),
    );
  }
  return { people, left: byUser.left || byGroup.left };
};

/** The version that ended a membership added at `added`, or null while it stands. */
const endedBy = (record: Ended, added: Version | null): Version | null => {
  const deleted = lastDeletion(record.life);
  if (deleted !== null && !isNewer(added, deleted)) return deleted;
  return record.listed !== null && isNewer(record.listed, added) ? record.listed : null;
};

type Member = Pick<GroupMemberDocument, '_id' | 'groupId' | 'directoryUserId' | 'userId' | 'sync'>;

const MEMBER = { groupId: 1, directoryUserId: 1, userId: 1, 'sync.added': 1 } as const;

const endedRows = async (
  { database, session }: { readonly database: Database; readonly session: ClientSession },
  key: 'directoryUserId' | 'groupId',
  records: ReadonlyMap<string, Ended>,
): Promise<{ rows: { row: Member; by: Version }[]; left: boolean }> => {
  const ended = lastEnd(records);
  if (ended === null) return { rows: [], left: false };
  const rows: { row: Member; by: Version }[] = [];
  // After a complete read most of a group's members stand: the server leaves them out.
  const cursor = database.groupMembers.find<Member>(
    {
      [key]: { $in: [...records.keys()] },
      removedAt: null,
      'sync.added': ended,
    },
    {
      session,
      projection: MEMBER,
      batchSize: ENDING_CHUNK + 1,
    },
  );
  for await (const row of cursor) {
    const record = records.get(row[key]);
    const by = record === undefined ? null : endedBy(record, row.sync.added);
    if (by === null) continue;
    if (rows.length === ENDING_CHUNK) return { rows, left: true };
    rows.push({ row, by });
  }
  return { rows, left: false };
};

/**
 * When whatever `endedBy` may end of any of the records was added: a row that the listing showed has
 * its very fence. One bound for both reasons, since for two of them no index may be found.
 */
const lastEnd = (records: ReadonlyMap<string, Ended>) => {
  const all = [...records.values()];
  const deleted = all.map(({ life }) => lastDeletion(life)).reduce(newest, null);
  const listed = all.map((record) => record.listed).reduce(newest, null);
  if (listed !== null && isNewer(listed, deleted)) return { $lt: listed };
  return deleted === null ? null : { $lte: deleted };
};

const removal = (directoryId: DirectoryId, row: Member, by: Version): AuditEntry => ({
  type: 'membership.removed',
  cause: { event: versionEvent(by), key: versionEvent(by) ?? `listing:${by}` },
  directoryId,
  organizationId: null,
  userId: userId(row.userId),
  groupId: groupId(row.groupId),
  reason: versionEvent(by) === null ? 'missing_from_directory' : 'directory_sync',
  severity: 'info',
  metadata: {},
});
