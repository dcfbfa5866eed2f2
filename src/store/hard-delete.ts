import type { AuditEntry } from '../domain/effect.ts';
import { directoryId as directory, userId } from '../domain/ids.ts';
import type { UserDocument } from './documents.ts';
import { ofPeople } from './of-people.ts';
import { writeAudit } from './write-audit.ts';
import { UNORDERED, type Writing } from './writing.ts';

/** How many memberships and payloads one transaction may remove; more are left for the next. */
export const ROWS_AT_ONCE = 2000;

/** The part of an account that its hard deletion reads. */
export const LEAVER_PROJECTION = {
  directoryUserId: 1,
  directoryId: 1,
  organizationId: 1,
  deletedAt: 1,
  hardDeleteAt: 1,
  legalHold: 1,
  'sync.deletions': 1,
} as const;
export type Leaver = Pick<
  UserDocument,
  | '_id'
  | 'directoryUserId'
  | 'directoryId'
  | 'organizationId'
  | 'deletedAt'
  | 'hardDeleteAt'
  | 'legalHold'
> & { readonly sync: Pick<UserDocument['sync'], 'deletions'> };

/** Why somebody is hard-deleted: by their day, or by somebody's word. */
export interface PurgeCause {
  readonly key: string;
  readonly reason: 'retention' | 'purge-requested';
  readonly actor?: string;
  readonly metadata?: AuditEntry['metadata'];
}

/**
 * Hard-deletes, within a transaction, as many of these people as it may hold, the first ones first:
 * account, memberships, sessions and the payloads of their events go; a tombstone without personal
 * data and an audit entry stay. Answers who is gone; nobody, when the first alone has too many rows:
 * then a part of those is gone, and a repeat goes on.
 */
export const hardDelete = async (
  writing: Writing & { readonly rowsAtOnce: number },
  people: readonly Leaver[],
  causeOf: (leaver: Leaver) => PurgeCause,
): Promise<readonly Leaver[]> => {
  const { database, session, now } = writing;
  let leaving = people;
  while (leaving.length > 1 && (await rowsOf(writing, leaving)) > writing.rowsAtOnce)
    leaving = leaving.slice(0, Math.ceil(leaving.length / 2));
  if (leaving.length === 0) return [];
  const accounts = leaving.map(({ _id }) => _id);
  if (!(await removeRows(writing, leaving))) {
    // A hold or a return at this moment must conflict with what was removed.
    await database.users.updateMany(
      { _id: { $in: accounts } },
      { $inc: { 'sync.rev': 1 } },
      { session },
    );
    return [];
  }
  await database.tombstones.bulkWrite(
    leaving.flatMap(({ directoryUserId, directoryId, sync }) => {
      const deletedVersion = sync.deletions.at(-1);
      if (deletedVersion === undefined) return [];
      const left = { directoryId, deletedVersion, 'sync.deletions': [deletedVersion] };
      return [
        {
          updateOne: {
            filter: { _id: directoryUserId },
            update: { $set: { ...left, purgedAt: now, erased: false } },
            upsert: true,
          },
        },
      ];
    }),
    { session, ...UNORDERED },
  );
  await database.sessions.deleteMany({ userId: { $in: accounts } }, { session });
  await database.users.deleteMany({ _id: { $in: accounts } }, { session });
  await writeAudit(
    writing,
    leaving.map((leaver) => entryOf(leaver, causeOf(leaver))),
  );
  return leaving;
};

type Deleting = Parameters<typeof hardDelete>[0];

const rowsOf = async (
  { database, session, rowsAtOnce }: Deleting,
  people: readonly Leaver[],
): Promise<number> => {
  const ofThem = ofPeople(people.map((one) => one.directoryUserId));
  const counted = { session, limit: rowsAtOnce + 1 };
  return (
    (await database.groupMembers.countDocuments(ofThem, counted)) +
    (await database.events.countDocuments(ofThem, counted))
  );
};

/** Removes memberships and payloads; false when more are left than one transaction may remove. */
const removeRows = async (
  { database, session, rowsAtOnce }: Deleting,
  people: readonly Leaver[],
): Promise<boolean> => {
  const ofThem = ofPeople(people.map((one) => one.directoryUserId));
  const some = { session, projection: { _id: 1 }, limit: rowsAtOnce } as const;
  const events = await database.events.find(ofThem, some).toArray();
  await database.events.updateMany(
    { _id: { $in: events.map(({ _id }) => _id) } },
    { $unset: { payload: 1, directoryUserId: 1 } },
    { session },
  );
  if (events.length === rowsAtOnce) return false;
  const members = await database.groupMembers.find(ofThem, some).toArray();
  await database.groupMembers.deleteMany(
    { _id: { $in: members.map(({ _id }) => _id) } },
    { session },
  );
  return members.length < rowsAtOnce;
};

const entryOf = (leaver: Leaver, cause: PurgeCause): AuditEntry => ({
  type: 'user.hard_deleted',
  cause: { event: null, key: cause.key },
  directoryId: directory(leaver.directoryId),
  organizationId: leaver.organizationId,
  userId: userId(leaver._id),
  groupId: null,
  reason: cause.reason,
  severity: 'info',
  metadata: cause.metadata ?? {},
  ...(cause.actor === undefined ? {} : { actor: cause.actor }),
});
