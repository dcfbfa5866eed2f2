import { expect, test } from '@jest/globals';
import { directoryId, groupId } from '../../src/domain/ids.ts';
import { observeRead, unseenRecord } from '../../src/domain/record.ts';
import { fenceVersion, type Version } from '../../src/domain/version.ts';
import { openDatabase } from '../../src/store/database.ts';
import { endMemberships } from '../../src/store/end-memberships.ts';
import { transact } from '../../src/store/transact.ts';
import { openLinked, NOW } from './linked-database.ts';

const GROUP = groupId('group_1');
const DIRECTORY = directoryId('directory_1');
const BEFORE = fenceVersion(1000);
const FENCE = fenceVersion(2000);

const member = (index: number, added: Version) => ({
  _id: `${GROUP}:user_${index}`,
  groupId: GROUP,
  directoryUserId: `user_${index}`,
  userId: `user_${index}`,
  directoryId: DIRECTORY,
  source: 'directory_sync' as const,
  removedAt: null,
  sync: { added, removed: null },
});

test('a complete read of a large group fetches only the memberships that it did not show', async () => {
  await using linked = await openLinked('end-memberships');
  await linked.database.groupMembers.insertMany(
    Array.from({ length: 300 }, (_, index) => member(index, index < 20 ? BEFORE : FENCE)),
  );
  const url = new URL(linked.uri);
  url.searchParams.set('monitorCommands', 'true');
  const database = openDatabase(url.href);
  const fetched: object[] = [];
  database.client.on('commandSucceeded', ({ commandName, reply }) => {
    if (commandName !== 'find' && commandName !== 'getMore') return;
    const { cursor } = reply as { cursor: { firstBatch?: object[]; nextBatch?: object[] } };
    fetched.push(...(cursor.firstBatch ?? cursor.nextBatch ?? []));
  });
  const end = () =>
    transact(database, (session, attempt) =>
      endMemberships(
        { database, session, now: NOW, attempt },
        {
          directoryId: DIRECTORY,
          users: new Map(),
          groups: new Map([[GROUP, observeRead(unseenRecord, FENCE)]]),
        },
      ),
    );
  try {
    await end();
    await end();
  } finally {
    await database.client.close();
  }
  expect(await linked.database.groupMembers.countDocuments({ removedAt: null })).toBe(280);
  expect(fetched).toHaveLength(20);
  expect(Object.keys(fetched[0] ?? {}).toSorted()).toEqual(
    ['_id', 'directoryUserId', 'groupId', 'sync', 'userId'].toSorted(),
  );
});
