import { expect, test } from '@jest/globals';
import { directoryId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/store/database.ts';
import { newDirectory } from '../../src/store/new-directory.ts';
import type { DirectoryDocument } from '../../src/store/documents.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { owingDirectories } from '../../src/store/owing-directories.ts';
import { testDatabase } from '../support/servers.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

const directory = (
  id: string,
  sync: Partial<DirectoryDocument['sync']> = {},
  fields: Partial<DirectoryDocument> = {},
): DirectoryDocument => {
  const fresh = newDirectory(directoryId(id));
  return {
    ...fresh,
    ...fields,
    sync: { ...fresh.sync, owesBackfill: false, policyKey: 'by', ...sync },
  };
};
const record = (id: string, sync: object) => ({
  _id: `of ${id}`,
  directoryUserId: id,
  directoryId: id,
  sync,
});

test('whoever owes something is found, and of what is looked after only when everything is asked', async () => {
  await using own = await testDatabase('owing');
  const database = openDatabase(own.uri);
  try {
    await ensureIndexes(database);
    await database.directories.insertMany([
      directory('owes nothing'),
      directory('owes a backfill', { owesBackfill: true }),
      directory('paused', { owesBackfill: true, paused: true }, { syncStatus: 'paused' }),
      directory('frozen', { owesBackfill: true }, { syncStatus: 'frozen' }),
      directory('refused', { owesBackfill: true }, { attention: 'workos-unauthorized' }),
      directory('is backfilled', { backfilling: 3 }),
      directory('owes a read'),
      directory('owes an untried read'),
      directory('owes a read soon'),
      directory('owes a read, paused', {}, { syncStatus: 'paused' }),
      directory('ends memberships', {}, { syncStatus: 'paused' }),
      directory('ends memberships of a group'),
      directory('derives everybody', { policyKey: null }),
      directory('derives roles'),
      directory('purges nobody'),
      directory('keeps by a hold'),
    ]);
    await database.users.insertMany([
      record('owes nothing', { owesRead: false, readAt: at(-100), ending: false }),
      record('owes an untried read', { owesRead: true, readAt: null }),
      record('owes a read soon', { owesRead: true, readAt: at(-30) }),
      record('owes a read, paused', { owesRead: true, readAt: at(-90) }),
      record('ends memberships', { ending: true }),
      { ...record('purges nobody', {}), hardDeleteAt: at(-7200) },
      { ...record('keeps by a hold', {}), hardDeleteAt: at(-7200), legalHold: true },
    ] as never);
    await database.groups.insertMany([
      record('owes a read', { owesRead: true, readAt: at(-90) }),
      record('ends memberships of a group', { ending: true }),
      record('derives roles', { rolesDue: true }),
    ] as never);

    const unattended = [
      'derives everybody',
      'derives roles',
      'ends memberships',
      'ends memberships of a group',
      'owes a backfill',
      'owes a read',
      'owes an untried read',
    ];
    const dueBefore = at(-60);
    expect(await owingDirectories(database, { dueBefore, everything: false })).toEqual(unattended);
    expect(await owingDirectories(database, { dueBefore, everything: true })).toEqual(
      [...unattended, 'is backfilled', 'purges nobody', 'refused'].toSorted(),
    );
  } finally {
    await database.client.close();
  }
});
