import { expect, test } from '@jest/globals';
import { directoryId, eventId } from '../../src/domain/ids.ts';
import { eventVersion } from '../../src/domain/version.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { newDirectory } from '../../src/store/new-directory.ts';
import type { DirectoryDocument } from '../../src/store/documents.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { overdueDirectories } from '../../src/store/overdue-directories.ts';
import { testDatabase } from '../support/servers.ts';

const NOW = new Date('2026-02-01T00:00:00Z');
const LATER = new Date('2026-02-01T00:00:06Z');
const EVENT_AT = '2026-01-15T00:00:00Z';

const deletedAt = (time: string, id: string): Partial<DirectoryDocument['sync']> => ({
  deletions: [eventVersion(Date.parse(time), eventId(id))],
});

const halted: readonly [
  string,
  DirectoryDocument['syncStatus'],
  Partial<DirectoryDocument['sync']>,
][] = [
  ['directory_paused', 'paused', { paused: true }],
  ['directory_frozen', 'frozen', deletedAt('2026-01-10T00:00:00Z', 'event_0')],
  ['directory_returned', 'frozen', deletedAt('2026-01-10T00:00:00Z', 'event_0')],
  ['directory_late', 'frozen', deletedAt('2026-01-20T00:00:00Z', 'event_0')],
  ['directory_before', 'frozen', deletedAt(EVENT_AT, 'event_9')],
  ['directory_after', 'frozen', deletedAt(EVENT_AT, 'event_1')],
  ['directory_unlinked', 'frozen', { connection: 'unlinked' }],
  ['directory_explained', 'frozen', { connection: 'unlinked' }],
];

test('the sweep finds what a wake would move', async () => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase('overdue'));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  await database.directories.insertMany(
    halted.map(([id, syncStatus, sync]) => {
      const directory = newDirectory(directoryId(id));
      return { ...directory, syncStatus, sync: { ...directory.sync, ...sync } };
    }),
  );
  const types: Readonly<Record<string, string>> = {
    directory_returned: 'dsync.activated',
    directory_explained: 'dsync.deleted',
  };
  await createInbox({ database, now: () => NOW }).acceptMany(
    ['directory_unknown', ...halted.map(([id]) => id)].map((id) => ({
      id: `event_5_${id}`,
      type: types[id] ?? 'dsync.user.created',
      createdAt: new Date(EVENT_AT),
      directoryId: id,
      relevant: true,
      payload: {},
      via: 'poll',
    })),
  );

  expect(await overdueDirectories(database, NOW)).toEqual([]);
  expect((await overdueDirectories(database, LATER)).toSorted()).toEqual([
    'directory_before',
    'directory_explained',
    'directory_late',
    'directory_returned',
    'directory_unknown',
  ]);
});
