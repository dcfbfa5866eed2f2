import type { ClientSession, Filter } from 'mongodb';
import { mailId, webhookRowId } from '../domain/effect.ts';
import { directoryId, directoryUserId, userId } from '../domain/ids.ts';
import { isTestEventId } from '../domain/test-ids.ts';
import { versionEvent, type Version } from '../domain/version.ts';
import type { Database } from './database.ts';
import type { AuditDocument } from './documents.ts';
import { ofPeople } from './of-people.ts';
import type { TestTraces } from './test-traces.ts';
import { transact } from './transact.ts';

/** How much of each kind was removed, and the invented records that were left. */
export interface RemovedTraces {
  readonly events: number;
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
  readonly directories: number;
  readonly auditEntries: number;
  readonly outboxRows: number;
  /** Records that are more than a test by now: WorkOS shows them, or the application linked them. */
  readonly kept: readonly string[];
}

/**
 * Removes test events and what exists only because of them, in one transaction: inbox rows, invented
 * people, groups and directories with tombstones, memberships, sessions, audit entries and outbox
 * rows. Whatever is real stays as it is. A repeat finds nothing.
 */
export const removeTestTraces = (database: Database, traces: TestTraces): Promise<RemovedTraces> =>
  transact(database, async (session) => {
    // A batch that has read these events as pending must see that they are gone.
    await database.directories.updateMany(
      { _id: { $in: [...traces.told] } },
      { $inc: { 'sync.rev': 1 } },
      { session },
    );
    const users = await splitUsers(database, session, traces.users);
    const groups = await splitGroups(database, session, traces.groups);
    const audit = await auditIds(database, session, {
      ...traces,
      users: users.gone,
      groups: groups.gone,
    });
    const mails = users.gone.map((id) =>
      mailId({
        template: 'welcome',
        user: directoryUserId(id),
        userId: userId(id),
        directoryId: directoryId(''),
      }),
    );
    const removed = {
      users: await deleted(database.users.deleteMany(of(users.gone), { session })),
      groups: await deleted(database.groups.deleteMany(of(groups.gone), { session })),
      memberships:
        (await deleted(database.groupMembers.deleteMany(ofPeople(users.gone), { session }))) +
        (await deleted(
          database.groupMembers.deleteMany({ groupId: { $in: [...groups.gone] } }, { session }),
        )),
      auditEntries: await deleted(database.auditLog.deleteMany(of(audit), { session })),
      outboxRows: await deleted(
        database.outbox.deleteMany(of([...mails, ...audit.map(webhookRowId)]), { session }),
      ),
      events: await deleted(database.events.deleteMany(of(traces.events), { session })),
      directories: await deleted(
        database.directories.deleteMany(of(traces.directories), { session }),
      ),
    };
    await database.tombstones.deleteMany(of(users.gone), { session });
    await database.sessions.deleteMany({ userId: { $in: [...users.gone] } }, { session });
    for (const invented of traces.directories) {
      // oxlint-disable no-await-in-loop -- a transaction takes one operation at a time
      await database.reports.deleteMany({ directoryId: invented }, { session });
      await database.outbox.deleteMany({ directoryId: invented }, { session });
      // oxlint-enable no-await-in-loop
    }
    return { ...removed, kept: [...users.kept, ...groups.kept] };
  });

const of = (ids: readonly string[]) => ({ _id: { $in: [...ids] } });

const deleted = async (removing: Promise<{ deletedCount: number }>): Promise<number> =>
  (await removing).deletedCount;

interface Split {
  readonly gone: readonly string[];
  readonly kept: readonly string[];
}

/** A listing has no event, and a real event is no test event: whoever was shown by one is real. */
const isShownByTestOnly = (alive: Version | null | undefined): boolean => {
  if (alive === null || alive === undefined) return true;
  const event = versionEvent(alive);
  return event !== null && isTestEventId(event);
};

const splitUsers = async (
  { users }: Database,
  session: ClientSession,
  ids: readonly string[],
): Promise<Split> => {
  const found = await users
    .find(ofPeople(ids), { session, projection: { directoryUserId: 1, 'sync.alive': 1 } })
    .toArray();
  const kept = new Set(
    found
      .filter(({ _id, directoryUserId: id, sync }) => _id !== id || !isShownByTestOnly(sync?.alive))
      .map((account) => account.directoryUserId),
  );
  return { gone: ids.filter((id) => !kept.has(id)), kept: [...kept] };
};

const splitGroups = async (
  { groups }: Database,
  session: ClientSession,
  ids: readonly string[],
): Promise<Split> => {
  const found = await groups
    .find({ _id: { $in: [...ids] } }, { session, projection: { 'sync.alive': 1 } })
    .toArray();
  const kept = new Set(
    found.filter(({ sync }) => !isShownByTestOnly(sync.alive)).map(({ _id }) => _id),
  );
  return { gone: ids.filter((id) => !kept.has(id)), kept: [...kept] };
};

/** Entries about what was invented. One about real records alone stays: it did happen to them. */
const auditIds = async (
  { auditLog }: Database,
  session: ClientSession,
  { users, groups, directories, told, events, since }: TestTraces,
): Promise<readonly string[]> => {
  const only = { session, projection: { _id: 1 } } as const;
  const ofNobody: Filter<AuditDocument> = {
    eventId: { $in: [...events] },
    type: 'dsync.error',
    userId: null,
    groupId: null,
  };
  const queries: readonly Filter<AuditDocument>[] = [
    { userId: { $in: [...users] } },
    ...directories.map((directory) => ({ directoryId: directory })),
    ...told.map((directory) => ({
      directoryId: directory,
      at: { $gte: since },
      $or: [{ groupId: { $in: [...groups] } }, ofNobody],
    })),
  ];
  const found = new Set<string>();
  for (const query of queries) {
    // oxlint-disable-next-line no-await-in-loop -- a transaction takes one operation at a time
    const entries = await auditLog.find(query, only).toArray();
    for (const { _id } of entries) found.add(_id);
  }
  return [...found];
};
