import { chunked } from '../chunked.ts';
import type { ClientSession, Filter } from 'mongodb';
import type { DirectoryId } from '../domain/ids.ts';
import { hardDeleteTime, lastDueDeletion } from '../domain/policy.ts';
import { awaited } from './awaited.ts';
import type { Database } from './database.ts';
import type { UserDocument } from './documents.ts';
import { hardDelete, LEAVER_PROJECTION, ROWS_AT_ONCE, type Leaver } from './hard-delete.ts';
import { ANY_TIME } from './indexes.ts';
import { isHold, NOT_ON_HOLD, ON_HOLD } from './on-hold.ts';
import { readCheckedPolicy } from './read-policy.ts';
import { transact } from './transact.ts';
import { UNORDERED } from './writing.ts';

const PURGE_CHUNK = 100;
const SHOWN = 100;

/** Who was purged now, who was due and left, and whether to go on at once. */
export interface PurgedDue {
  /** Directory user ids; at most a hundred. */
  readonly purged: readonly string[];
  /** Due, but an event that is not applied may show their return. */
  readonly postponed: Some;
  /** Due, but on legal hold. */
  readonly held: Some;
  readonly more: boolean;
}

/** How many people, and the first hundred directory user ids of them. */
export interface Some {
  readonly count: number;
  readonly ids: readonly string[];
}

const NOBODY: Some = { count: 0, ids: [] };

/** Who may be due now: deleted, and past the day that stands in their account. */
const due = (directoryId: DirectoryId, now: Date): Filter<UserDocument> => ({
  directoryId,
  hardDeleteAt: { ...ANY_TIME, $lte: now },
  deletedAt: { $type: 'date' as const },
});

/**
 * Hard-deletes up to a hundred people who are due at this moment, in one transaction. The records
 * are read again here, and the policy too: a return, a hold or more days since the timer was set are
 * obeyed, and whoever an unapplied event names is left for later. A repeat takes the next.
 */
export const purgeDue = (
  database: Database,
  {
    directoryId,
    now,
    rowsAtOnce = ROWS_AT_ONCE,
  }: { readonly directoryId: DirectoryId; readonly now: Date; readonly rowsAtOnce?: number },
): Promise<PurgedDue> =>
  transact(database, async (session, attempt) => {
    if (!(await obeyLongerPolicy(database, { directoryId, now, session })))
      return { purged: [], postponed: NOBODY, held: NOBODY, more: false };
    let postponed = NOBODY;
    const everybody = database.users.find<Leaver>(
      { ...due(directoryId, now), ...NOT_ON_HOLD },
      {
        session,
        projection: LEAVER_PROJECTION,
        sort: { hardDeleteAt: 1 },
        batchSize: PURGE_CHUNK,
      },
    );
    for await (const chunk of chunked(everybody, PURGE_CHUNK)) {
      const waiting = await awaited(database, session, chunk);
      const leaving = chunk.filter((one) => !waiting.has(one.directoryUserId));
      postponed = {
        count: postponed.count + waiting.size,
        ids: [...postponed.ids, ...waiting].slice(0, SHOWN),
      };
      if (leaving.length === 0) continue;
      const gone = await hardDelete(
        { database, session, now, attempt, rowsAtOnce },
        leaving,
        (leaver) => ({
          key: `retention:${leaver.hardDeleteAt?.getTime() ?? 0}`,
          reason: 'retention',
        }),
      );
      const purged = gone.map((one) => one.directoryUserId);
      return { purged, postponed, held: NOBODY, more: true };
    }
    const onHold = { ...due(directoryId, now), ...ON_HOLD };
    const held = await database.users
      .find(onHold, {
        session,
        projection: { directoryUserId: 1 },
        limit: SHOWN,
      })
      .toArray();
    const count =
      held.length < SHOWN ? held.length : await database.users.countDocuments(onHold, { session });
    const ids = held.map((one) => one.directoryUserId);
    return { purged: [], postponed, held: { count, ids }, more: false };
  });

/**
 * Moves the day of whoever is due by what stands in their account but not by the policy of this
 * moment: a policy that gives people longer must save also those who are not derived anew yet. False
 * when the policy is not sound, and then nobody is purged: a typing error must not shorten a day.
 */
const obeyLongerPolicy = async (
  database: Database,
  of: {
    readonly directoryId: DirectoryId;
    readonly now: Date;
    readonly session: ClientSession;
  },
): Promise<boolean> => {
  const { directoryId, now, session } = of;
  const { policy, purges } = await readCheckedPolicy(database, directoryId, session);
  if (!purges) return false;
  const early = await database.users
    .find(
      {
        ...due(directoryId, now),
        deletedAt: { $gt: new Date(lastDueDeletion(now.getTime(), policy)) },
      },
      { session, projection: { deletedAt: 1 } },
    )
    .toArray();
  const writes = early.flatMap(({ _id, deletedAt }) => {
    if (deletedAt === null) return [];
    const hardDeleteAt = new Date(hardDeleteTime(deletedAt.getTime(), policy));
    return [
      {
        updateOne: { filter: { _id }, update: { $set: { hardDeleteAt }, $inc: { 'sync.rev': 1 } } },
      },
    ];
  });
  if (writes.length > 0) await database.users.bulkWrite(writes, { session, ...UNORDERED });
  return true;
};

/** When the directory's next hard deletion is due, or null when nobody waits for one. */
export const nextPurge = async (
  database: Database,
  directoryId: DirectoryId,
): Promise<Date | null> => {
  // Whoever is on hold is passed over here: a filter for it would keep a server from the index.
  const waiting = database.users
    .find(
      { directoryId, hardDeleteAt: ANY_TIME },
      { projection: { hardDeleteAt: 1, legalHold: 1 }, batchSize: SHOWN },
    )
    .sort({ hardDeleteAt: 1 });
  for await (const { hardDeleteAt, legalHold } of waiting)
    if (!isHold(legalHold)) return hardDeleteAt;
  return null;
};
