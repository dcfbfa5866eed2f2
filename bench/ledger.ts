import { directoryId } from '../src/domain/ids.ts';
import { addUp, lagBucket, type LagHistogram } from '../src/domain/lag-histogram.ts';
import { DIRECTORY_EVENTS } from '../src/domain/directory-events.ts';
import type { Database } from '../src/store/database.ts';
import { newDirectory } from '../src/store/new-directory.ts';
import type { AuditDocument, EventDocument, UserDocument } from '../src/store/documents.ts';
import { dayOf, statisticsId, typeKey } from '../src/store/statistics-days.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const PAGE = 1000;

/** What the seeded ledger holds. */
export interface Ledger {
  readonly directories: readonly string[];
  readonly events: number;
  readonly auditEntries: number;
  readonly people: number;
}

/**
 * Fills an empty database with the ledger of the last thirty days: events of ten types in turn, nearly
 * all applied, one of 500 parked and one of 500 ignored, the last ones, up to a hundred a directory, waiting;
 * an audit entry for every tenth; and people of whom one of twenty is out. Stops early when `signal`
 * aborts, and answers how far it came.
 */
export const seedLedger = async (
  database: Database,
  wanted: {
    readonly events: number;
    readonly directories: number;
    readonly people: number;
    readonly now: number;
    readonly signal: AbortSignal;
  },
): Promise<Ledger> => {
  const ids = Array.from({ length: wanted.directories }, (_, index) => `directory_bench_${index}`);
  await database.directories.insertMany(ids.map((id) => newDirectory(directoryId(id))));
  for (let from = 0; from < wanted.people; from += PAGE) {
    const count = Math.min(PAGE, wanted.people - from);
    // oxlint-disable-next-line no-await-in-loop -- a page at a time keeps the memory small
    await database.users.insertMany(
      Array.from({ length: count }, (_, index) => person(ids, from + index)),
      { ordered: false },
    );
  }
  const days = new Map<string, Map<string, LagHistogram>>();
  let events = 0;
  let auditEntries = 0;
  while (events < wanted.events && !wanted.signal.aborted) {
    const from = events;
    const page = Array.from({ length: Math.min(PAGE, wanted.events - from) }, (_, index) =>
      event(ids, { index: from + index, of: wanted.events, now: wanted.now }),
    );
    const entries = page.filter((_, index) => index % 10 === 0).map(auditEntry);
    // oxlint-disable no-await-in-loop -- a page at a time keeps the memory small
    await database.events.insertMany(page, { ordered: false });
    await database.auditLog.insertMany(entries, { ordered: false });
    // oxlint-enable no-await-in-loop
    for (const one of page) count(days, one);
    events += page.length;
    auditEntries += entries.length;
  }
  const statistics = [...days].map(([key, byType]) => {
    const [directory = '', day = ''] = key.split(' ');
    return {
      _id: statisticsId(directory, day),
      kind: 'statistics' as const,
      directoryId: directory,
      day,
      lags: Object.fromEntries(
        [...byType].map(([type, lags]) => [typeKey(type), Object.fromEntries(lags)]),
      ),
    };
  });
  if (statistics.length > 0) await database.statistics.insertMany(statistics);
  return { directories: ids, events, auditEntries, people: wanted.people };
};

const event = (
  ids: readonly string[],
  { index, of, now }: { readonly index: number; readonly of: number; readonly now: number },
): EventDocument => {
  const receivedAt = new Date(now - Math.floor(((of - 1 - index) / of) * (DAYS - 1) * DAY_MS));
  const waits = of - index <= Math.min(ids.length * 100, of / 20);
  const status = waits
    ? 'pending'
    : index % 500 === 1
      ? 'parked'
      : index % 500 === 2
        ? 'ignored'
        : 'applied';
  const subject = `directory_user_bench_${index % 20_000}`;
  return {
    _id: `event_bench_${String(index).padStart(9, '0')}`,
    directoryId: ids[index % ids.length] ?? '',
    type: DIRECTORY_EVENTS[Math.floor(index / ids.length) % DIRECTORY_EVENTS.length] ?? '',
    createdAt: receivedAt,
    receivedAt,
    via: index % 2 === 0 ? 'webhook' : 'poll',
    status,
    settledAt: waits ? null : new Date(receivedAt.getTime() + lagOf(index)),
    attempts: waits ? 0 : 1,
    error: null,
    payload: {
      id: subject,
      data: {
        id: subject,
        state: 'active',
        custom_attributes: { department: 'Research and development' },
      },
    },
  };
};

const lagOf = (index: number): number => 40 + (index % 97) * 5;

const auditEntry = ({ _id, directoryId: directory, receivedAt }: EventDocument): AuditDocument => ({
  _id: `user.updated:${_id}`,
  at: receivedAt,
  type: 'user.updated',
  directoryId: directory ?? '',
  organizationId: null,
  userId: null,
  groupId: null,
  eventId: _id,
  reason: 'directory_sync',
  actor: 'directory_sync',
  severity: 'info',
  metadata: {},
});

/** As much of a person as counting them looks at. */
const person = (ids: readonly string[], index: number): UserDocument => {
  const isOut = index % 20 === 0;
  return {
    _id: `directory_user_bench_${index}`,
    directoryUserId: `directory_user_bench_${index}`,
    directoryId: ids[index % ids.length] ?? '',
    enabled: !isOut,
    deletedAt: isOut ? new Date(0) : null,
    hardDeleteAt: isOut ? new Date(4_000_000_000_000) : null,
    rawAttributes: { department: 'Research and development', title: 'Engineer' },
    sync: { rev: 1 },
  } as unknown as UserDocument;
};

const count = (days: Map<string, Map<string, LagHistogram>>, one: EventDocument): void => {
  if (one.status !== 'applied' || one.settledAt === null) return;
  const key = `${one.directoryId} ${dayOf(one.receivedAt)}`;
  const byType = days.get(key) ?? new Map<string, LagHistogram>();
  days.set(key, byType);
  const bucket = lagBucket(one.settledAt.getTime() - one.receivedAt.getTime());
  byType.set(one.type, addUp([byType.get(one.type) ?? new Map(), new Map([[bucket, 1]])]));
};
