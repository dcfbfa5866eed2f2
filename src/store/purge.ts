import type { ClientSession } from 'mongodb';
import type { AuditEntry } from '../domain/effect.ts';
import { userId, type DirectoryId } from '../domain/ids.ts';
import { wireObject } from '../workos/wire.ts';
import type { Database } from './database.ts';
import { PENDING_INDEX } from './indexes.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';

const PURGE_CHUNK = 100;

/** Who is due now: deleted, past their day, and not under legal hold. */
const due = (directoryId: DirectoryId, now: Date) => ({
  directoryId,
  hardDeleteAt: { $lte: now, $type: 'date' as const },
  deletedAt: { $type: 'date' as const },
  legalHold: { $ne: true },
});

/**
 * Hard-deletes up to a hundred people who are due at this moment, in one transaction: account,
 * memberships and sessions go; a tombstone without personal data and the audit entry stay. The
 * records are read again here: a return, a hold or a later day since the timer was set is obeyed, and
 * whoever an unapplied event names is left for later. Answers how many it was; a repeat takes the next.
 */
export const purgeDue = (
  database: Database,
  purge: { readonly directoryId: DirectoryId; readonly now: Date },
): Promise<number> =>
  transact(database, async (session, attempt) => {
    const { directoryId, now } = purge;
    const candidates = await database.users
      .find(due(directoryId, now), {
        session,
        projection: { directoryUserId: 1, organizationId: 1, 'sync.deletions': 1, hardDeleteAt: 1 },
      })
      .limit(PURGE_CHUNK)
      .toArray();
    if (candidates.length === 0) return 0;
    const ids = candidates.map((user) => user.directoryUserId);
    const awaited = await namedByWaitingEvents(database, session, { directoryId, ids });
    const users = candidates.filter((user) => !awaited.has(user.directoryUserId));
    if (users.length === 0) return 0;
    const accounts = users.map((user) => user._id);
    await database.tombstones.bulkWrite(
      users.flatMap((user) => {
        const deletedVersion = user.sync.deletions.at(-1);
        if (deletedVersion === undefined) return [];
        return [
          {
            updateOne: {
              filter: { _id: user.directoryUserId },
              update: {
                $set: {
                  directoryId,
                  deletedVersion,
                  'sync.deletions': [deletedVersion],
                  purgedAt: now,
                  erased: false,
                },
              },
              upsert: true,
            },
          },
        ];
      }),
      { session, ordered: false },
    );
    await database.groupMembers.deleteMany(
      { directoryUserId: { $in: users.map((user) => user.directoryUserId) } },
      { session },
    );
    await database.sessions.deleteMany({ userId: { $in: accounts } }, { session });
    await database.users.deleteMany({ _id: { $in: accounts } }, { session });
    await writeAudit(
      { database, session, now, attempt },
      users.map((user): AuditEntry => ({
        type: 'user.hard_deleted',
        cause: { event: null, key: `retention:${user.hardDeleteAt?.getTime() ?? 0}` },
        directoryId,
        organizationId: user.organizationId,
        userId: userId(user._id),
        groupId: null,
        reason: 'retention',
        severity: 'info',
        metadata: {},
      })),
    );
    return users.length;
  });

/** Of these people, whom an event names that is not applied yet: it may show their return. */
const namedByWaitingEvents = async (
  database: Database,
  session: ClientSession,
  people: { readonly directoryId: DirectoryId; readonly ids: readonly string[] },
): Promise<ReadonlySet<unknown>> => {
  const { directoryId, ids } = people;
  const waiting = await database.events
    .find(
      {
        directoryId,
        status: 'pending',
        $or: [{ 'payload.data.id': { $in: ids } }, { 'payload.data.user.id': { $in: ids } }],
      },
      {
        session,
        projection: { 'payload.data.id': 1, 'payload.data.user.id': 1 },
        hint: PENDING_INDEX,
      },
    )
    .toArray();
  return new Set(
    waiting.flatMap(({ payload }) => {
      const data = wireObject(payload?.['data']);
      return [data['id'], wireObject(data['user'])['id']];
    }),
  );
};

/** When the directory's next hard deletion is due, or null when nobody waits for one. */
export const nextPurge = async (
  database: Database,
  directoryId: DirectoryId,
): Promise<Date | null> => {
  const next = await database.users
    .find(
      { directoryId, hardDeleteAt: { $type: 'date' }, legalHold: { $ne: true } },
      { projection: { hardDeleteAt: 1 } },
    )
    .sort({ hardDeleteAt: 1 })
    .limit(1)
    .next();
  return next?.hardDeleteAt ?? null;
};
