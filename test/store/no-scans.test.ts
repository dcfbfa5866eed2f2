import { expect, test } from '@jest/globals';
import { createApplyPending } from '../../activities/apply-pending.ts';
import { directoryId, directoryUserId } from '../../src/domain/ids.ts';
import { fenceVersion } from '../../src/domain/version.ts';
import type { Database } from '../../src/store/database.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { nextPurge } from '../../src/store/purge.ts';
import { DIRECTORY, at, group, person, syncedDirectory } from '../activities/synced-directory.ts';
import { readsOf, type Read } from '../support/reads-of.ts';

const BYSTANDERS = 2000;
/** One document per customer or less: to read all of them costs nothing. */
const SMALL = ['directories', 'policies', 'cursors'];

const scanned = (reads: readonly Read[]) =>
  reads
    .filter(({ collection, scans }) => scans && !SMALL.includes(collection))
    .map(({ collection, command }) => [collection, JSON.stringify(command['filter'])]);

/** Many of whom no event tells: a read that looks at them too is a scan. */
const addBystanders = async (database: Database): Promise<void> => {
  const ids = Array.from({ length: BYSTANDERS }, (_, index) => `bystander_${index}`);
  const of = (make: (id: string) => object) => ids.map((_id) => ({ _id, ...make(_id) })) as never[];
  const directory = { directoryId: 'directory_2' };
  await database.users.insertMany(
    of((id) => ({ ...directory, directoryUserId: id, enabled: true })),
  );
  await database.groupMembers.insertMany(
    of((id) => ({ ...directory, directoryUserId: id, groupId: 'group_2', removedAt: null })),
  );
  await database.events.insertMany(
    of(() => ({ ...directory, status: 'applied', receivedAt: at(1), createdAt: at(1) })),
  );
  await database.auditLog.insertMany(of((id) => ({ ...directory, userId: id, at: at(1) })));
};

test('to apply events and listed rows reads no collection whole', async () => {
  await using synced = await syncedDirectory('no-scans');
  const { deps, clock } = synced;
  for (let index = 0; index < 20; index += 1) {
    await synced.accept('dsync.user.created', index, person(`user_${index}`));
  }
  await synced.accept('dsync.group.created', 400, group('group_1'));
  await synced.drain();
  await addBystanders(synced.database);
  await synced.accept('dsync.user.updated', 501, person('user_7'));
  await synced.accept('dsync.user.deleted', 502, person('user_8'));
  await synced.accept('dsync.user.deleted', 503, person('user_unknown'));
  await synced.accept('dsync.group.user_added', 504, {
    directory_id: DIRECTORY,
    user: person('user_9'),
    group: group('group_1'),
  });
  await synced.accept('dsync.group.deleted', 505, group('group_1'));
  await synced.accept('dsync.user.created', 506, { directory_id: DIRECTORY });

  const id = directoryId(DIRECTORY);
  const reads = await readsOf(synced.uri, async (watched) => {
    await createApplyPending({ ...deps, database: watched })({ directoryId: DIRECTORY });
    await applyBatch(watched, {
      directoryId: id,
      told: [
        {
          cause: { event: null, key: 'listing' },
          observations: [
            {
              of: 'user',
              id: directoryUserId('user_10'),
              directoryId: id,
              version: fenceVersion(at(600).getTime()),
              shows: 'deleted',
            },
          ],
        },
      ],
      now: clock.now,
    });
    await nextPurge(watched, id);
  });

  expect(reads.length).toBeGreaterThan(15);
  expect(scanned(reads)).toEqual([]);
}, 120_000);
