import type { ClientSession } from 'mongodb';
import type { AuditEntry } from '../domain/effect.ts';
import { directoryId, type EventId } from '../domain/ids.ts';
import { countApplied } from './count-applied.ts';
import type { Database } from './database.ts';
import type { DirectoryDocument } from './documents.ts';
import { writeAudit } from './write-audit.ts';
import { streamEvents } from './write-outbox.ts';
import { UNORDERED, type Writing } from './writing.ts';

export interface SettledEvent {
  readonly id: EventId;
  readonly status: 'applied' | 'ignored' | 'parked';
  /** A stable code and the field it is about. */
  readonly error: string | null;
  /** What the statistics know it by once it is applied; null for a test event, which they leave out. */
  readonly counted: { readonly type: string; readonly receivedAt: Date } | null;
}

/** The ids of those events that nobody has settled meanwhile. */
export const stillPending = async (
  database: Database,
  session: ClientSession,
  settle: readonly SettledEvent[],
): Promise<Set<string>> => {
  // By id alone: a planner that took the index of `status` would walk all that waits.
  const found = await database.events
    .find(
      { _id: { $in: settle.map((event) => event.id) } },
      { session, projection: { status: 1 }, batchSize: settle.length + 1 },
    )
    .toArray();
  return new Set(found.filter(({ status }) => status === 'pending').map((event) => event._id));
};

/**
 * Settles events that this transaction has read as pending, so their ids are enough, and tells the
 * streams and the statistics. One that is parked is told in the audit log too.
 */
export const settleEvents = async (
  writing: Writing,
  directory: DirectoryDocument,
  settle: readonly SettledEvent[],
): Promise<void> => {
  const { database, session, now: settledAt } = writing;
  await streamEvents(writing, { directoryId: directory._id, ids: settle.map(({ id }) => id) });
  const plain = settle.filter((event) => event.error === null);
  for (const status of ['applied', 'ignored'] as const) {
    const ids = plain.filter((event) => event.status === status).map((event) => event.id);
    if (ids.length === 0) continue;
    await database.events.updateMany(
      { _id: { $in: ids } },
      { $set: { status, settledAt, error: null }, $inc: { attempts: 1 } },
      { session },
    );
  }
  await countApplied(database, session, {
    directoryId: directoryId(directory._id),
    now: settledAt,
    applied: plain.flatMap(({ status, counted }) =>
      status === 'applied' && counted !== null ? [counted] : [],
    ),
  });
  const failed = settle.filter((event) => event.error !== null);
  if (failed.length === 0) return;
  await database.events.bulkWrite(
    failed.map(({ id, status, error }) => ({
      updateOne: {
        filter: { _id: id },
        update: { $set: { status, settledAt, error }, $inc: { attempts: 1 } },
      },
    })),
    { session, ...UNORDERED },
  );
  await writeAudit(
    writing,
    failed
      .filter(({ status }) => status === 'parked')
      .map((event) => parkedEntry(directory, event)),
  );
};

const parkedEntry = (directory: DirectoryDocument, { id, error }: SettledEvent): AuditEntry => ({
  type: 'dsync.error',
  cause: { event: id, key: id },
  directoryId: directoryId(directory._id),
  organizationId: directory.organizationId,
  userId: null,
  groupId: null,
  reason: error?.split(':')[0] ?? 'parked',
  severity: 'error',
  metadata: {},
});
