import { expect, test } from '@jest/globals';
import { createApplyPending } from '../../activities/apply-pending.ts';
import { directoryId, directoryUserId } from '../../src/domain/ids.ts';
import { fenceVersion } from '../../src/domain/version.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { nextPurge, purgeDue } from '../../src/store/purge.ts';
import { DIRECTORY, at, group, person, syncedDirectory } from '../activities/synced-directory.ts';
import { explained, type Explained } from '../support/explained.ts';

const PEOPLE = 60;
/** One document per customer or less: to read all of them costs nothing. */
const SMALL = ['directories', 'policies', 'cursors'];

const scans = (reads: readonly Explained[]) =>
  reads
    .filter(({ collection, scanned }) => scanned && !SMALL.includes(collection))
    .map(({ collection, command }) => [collection, JSON.stringify(command['filter'])]);

test('to apply events, listed rows and purges reads no collection whole', async () => {
  await using synced = await syncedDirectory('no-scans');
  const { deps, clock } = synced;
  for (let index = 0; index < PEOPLE; index += 1) {
    await synced.accept('dsync.user.created', index, person(`user_${index}`));
  }
  await synced.accept('dsync.group.created', 400, group('group_1'));
  await synced.drain();
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
  const reads = await explained(synced.uri, async (watched) => {
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
    await purgeDue(watched, { directoryId: id, now: at(100 * 86_400) });
    await nextPurge(watched, id);
  });

  expect(reads.length).toBeGreaterThan(15);
  expect(scans(reads)).toEqual([]);
}, 120_000);
