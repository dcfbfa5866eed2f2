import { newDirectory } from '../../src/store/new-directory.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import type { EventDocument, EventStatus } from '../../src/store/documents.ts';
import { directoryId } from '../../src/domain/ids.ts';
import { dayOf, statisticsId, typeKey } from '../../src/store/statistics-days.ts';
import { testDatabase } from '../support/servers.ts';

const HOUR_MS = 3_600_000;
const TYPES = ['dsync.user.created', 'dsync.user.updated', 'dsync.group.user_added'] as const;

/** When the newest event of the ledger was received. */
export const LEDGER_END = new Date('2026-03-01T12:00:00Z');

/**
 * A database with an old ledger of many applied events, one an hour and directory, and a few that
 * are not applied. In each directory of index d: 3 + d pending, 2 parked, 1 ignored, one test event.
 */
export const seedLedger = async (
  name: string,
  { directories, hours }: { readonly directories: number; readonly hours: number },
) => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  const ids = Array.from({ length: directories }, (_, index) => `directory_${index}`);
  await database.directories.insertMany(ids.map((id) => newDirectory(directoryId(id))));
  const events = ids.flatMap((id, index) => [
    ...Array.from({ length: hours }, (_, hour) => event(id, hour, 'applied')),
    ...Array.from({ length: 3 + index }, (_, hour) => event(id, hour, 'pending')),
    ...[30, 31].map((hour) => event(id, hour, 'parked')),
    event(id, 33, 'ignored', { type: 'dsync.token.created' }),
    event(id, 34, 'applied', { via: 'test' }),
  ]);
  await database.events.insertMany(events);
  const applied = events.filter(({ status, via }) => status === 'applied' && via !== 'test');
  const days = Object.entries(
    Object.groupBy(applied, ({ directoryId: id, receivedAt }) => `${id} ${dayOf(receivedAt)}`),
  );
  await database.statistics.insertMany(
    days.map(([key, some = []]) => {
      const [id = '', day = ''] = key.split(' ');
      const byType = Object.groupBy(some, ({ type }) => typeKey(type));
      return {
        _id: statisticsId(id, day),
        kind: 'statistics' as const,
        directoryId: id,
        day,
        lags: Object.fromEntries(
          Object.entries(byType).map(([type, of = []]) => [type, { '26': of.length }]),
        ),
      };
    }),
  );
  const owned = stack.move();
  return { uri, database, ids, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

const event = (
  id: string,
  hour: number,
  status: EventStatus,
  more: Partial<EventDocument> = {},
): EventDocument => {
  const receivedAt = new Date(LEDGER_END.getTime() - hour * HOUR_MS);
  return {
    _id: `event_${id}_${status}_${hour}${more.via ?? ''}`,
    directoryId: id,
    type: TYPES[hour % TYPES.length] ?? 'dsync.user.created',
    createdAt: receivedAt,
    receivedAt,
    via: 'webhook',
    status,
    settledAt: status === 'pending' ? null : receivedAt,
    attempts: status === 'pending' ? 0 : 1,
    error: null,
    payload: {},
    ...more,
  };
};
