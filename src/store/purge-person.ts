import { awaited } from './awaited.ts';
import type { Database } from './database.ts';
import type { PurgeReport } from './documents.ts';
import { hardDelete, LEAVER_PROJECTION, ROWS_AT_ONCE, type Leaver } from './hard-delete.ts';
import { isHold } from './on-hold.ts';
import { transact } from './transact.ts';

/** What became of a request to purge one person now. */
export type PurgeOutcome =
  | 'purged'
  /** More rows than one transaction may remove; a repeat goes on. */
  | 'left'
  /** Nobody of that id has an account in this directory. */
  | 'purge-unknown'
  /** They are in the directory, or have been since they were asked for. */
  | 'purge-not-deleted'
  | 'purge-legal-hold'
  /** An event that is not applied may show their return. */
  | 'purge-event-waits';

/**
 * Hard-deletes one person before their day, unless they are in the directory, on legal hold, or named
 * by an event that is not applied: the record is read again in the same transaction. Repeatable.
 */
export const purgePerson = (
  database: Database,
  request: Pick<
    PurgeReport,
    '_id' | 'directoryId' | 'subject' | 'deletedAt' | 'actor' | 'reference'
  >,
  now: Date,
): Promise<PurgeOutcome> =>
  transact(database, async (session, attempt) => {
    const { subject, directoryId } = request;
    const found = await database.users.findOne<Leaver>(
      { directoryUserId: subject, directoryId },
      { session, projection: LEAVER_PROJECTION },
    );
    if (found === null) {
      const tombstone = await database.tombstones.findOne({ _id: subject }, { session });
      return (tombstone?.purgedAt ?? null) === null ? 'purge-unknown' : 'purged';
    }
    // An older deletion may have arrived since; a newer one ends another life.
    const { deletedAt: asked } = request;
    if (found.deletedAt === null || asked === undefined || found.deletedAt > asked)
      return 'purge-not-deleted';
    if (isHold(found.legalHold)) return 'purge-legal-hold';
    if ((await awaited(database, session, [found])).size > 0) return 'purge-event-waits';
    const { _id: key, actor, reference } = request;
    const writing = { database, session, now, attempt, rowsAtOnce: ROWS_AT_ONCE };
    const gone = await hardDelete(writing, [found], () => ({
      key,
      reason: 'purge-requested',
      actor,
      metadata: { reference },
    }));
    return gone.length === 1 ? 'purged' : 'left';
  });
