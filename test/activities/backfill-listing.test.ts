import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createListUsers, type ListingPosition } from '../../activities/backfill-listing.ts';
import { createConcludeAbsences } from '../../activities/conclude-absences.ts';
import { temporalFailure } from '../../activities/failures.ts';
import { createListMemberships } from '../../activities/list-memberships.ts';
import { createPauseResume } from '../../activities/pause-resume.ts';
import { fenceVersion } from '../../src/domain/version.ts';
import {
  at,
  DIRECTORY,
  group,
  page,
  person,
  refusal,
  syncedDirectory,
} from './synced-directory.ts';

const INPUT = {
  directoryId: DIRECTORY,
  generation: 1,
  fence: fenceVersion(at(500).getTime()),
};

/** Two groups with one member each, known from events. */
const twoGroups = async (name: string) => {
  const synced = await syncedDirectory(name);
  for (const [index, id] of ['group_1', 'group_2'].entries())
    await synced.accept('dsync.group.user_added', 1 + index, {
      directory_id: DIRECTORY,
      user: person('user_1'),
      group: group(id),
    });
  await synced.drain();
  return synced;
};

const liveGroups = ({ database }: Awaited<ReturnType<typeof twoGroups>>) =>
  database.groupMembers.distinct('groupId', { removedAt: null });

test('a listing ends for good when its directory is deleted meanwhile, and concludes nothing', async () => {
  await using synced = await twoGroups('deleted-meanwhile');
  await synced.accept('dsync.deleted', 600, { id: DIRECTORY });
  await synced.drain();
  synced.listings.users = () => Promise.resolve(page([]));

  const listing = createListMemberships(synced.deps, () => ({
    resumeAt: undefined,
    heartbeat: () => {},
  }))(INPUT);

  await expect(listing).rejects.toMatchObject({ nonRetryable: true, type: 'directory-deleted' });
  const concluding = createConcludeAbsences(synced.deps, () => ({
    absentBefore: 0,
    heartbeat: () => {},
  }))({ ...INPUT, of: 'everything' });
  await expect(concluding).rejects.toMatchObject({ type: 'directory-deleted' });
  expect(await synced.database.users.countDocuments({ enabled: true })).toBe(1);
  expect(await liveGroups(synced)).toEqual(['group_1', 'group_2']);
});

test('a listing that is repeated after its last page counts nobody twice', async () => {
  await using synced = await syncedDirectory('count-once');
  synced.listings.users = ({ after }) =>
    Promise.resolve(
      after === 'user_1' ? page([person('user_2')]) : page([person('user_1')], 'user_1'),
    );
  const state: { resumeAt: ListingPosition | undefined } = { resumeAt: undefined };
  const list = createListUsers(synced.deps, () => ({
    resumeAt: state.resumeAt,
    heartbeat: (reached) => {
      state.resumeAt = reached;
    },
  }));

  expect(await list(INPUT)).toEqual({ count: 2 });
  expect(await list(INPUT)).toEqual({ count: 2 });
});

test('a listing that waits long for one page says all the while where it stands', async () => {
  await using synced = await syncedDirectory('beating');
  const told: ListingPosition[] = [];
  const beats = async (count: number) => {
    while (told.length < count) await setImmediate();
  };
  synced.listings.users = async ({ after }) => {
    await beats(after === 'user_1' ? 3 : 1);
    return after === 'user_1' ? page([person('user_2')]) : page([person('user_1')], 'user_1');
  };
  const list = createListUsers(synced.deps, () => ({
    resumeAt: undefined,
    heartbeat: (position) => void told.push(position),
  }));

  expect(await list(INPUT)).toEqual({ count: 2 });
  const second = { count: 1, after: 'user_1' };
  expect(told).toEqual([{ count: 0, after: null }, second, second]);
});

test('a listing of a paused directory gives its slot back, and goes on at its page once resumed', async () => {
  await using synced = await syncedDirectory('paused-listing');
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.drain();
  const operate = createPauseResume(synced.deps);
  const asked: (string | null | undefined)[] = [];
  synced.listings.users = async ({ after }) => {
    asked.push(after);
    if (after !== null) return page([person('user_2')]);
    await operate.pauseDirectory({ directoryId: DIRECTORY });
    return page([person('user_1')], 'user_1');
  };
  const state: { resumeAt: ListingPosition | undefined } = { resumeAt: undefined };
  const list = createListUsers(synced.deps, () => ({
    resumeAt: state.resumeAt,
    heartbeat: (reached) => {
      state.resumeAt = reached;
    },
  }));
  const paused = { type: 'directory-paused', nonRetryable: false, nextRetryDelay: 5000 };

  await expect(list(INPUT)).rejects.toMatchObject(paused);
  await expect(list(INPUT)).rejects.toMatchObject(paused);
  await operate.resumeDirectory({ directoryId: DIRECTORY });

  expect(await list(INPUT)).toEqual({ count: 2 });
  expect(asked).toEqual([null, 'user_1']);
});

test('a request that WorkOS refuses is not repeated for ever, and no Retry-After lasts a year', () => {
  const refused = temporalFailure(refusal({ kind: 'bad-request', status: 400, code: null }));
  expect(refused).toMatchObject({ nonRetryable: true, type: 'workos-bad-request' });
  const limited = temporalFailure(refusal({ kind: 'rate-limited', retryAfterMs: 1e12 }));
  expect(limited).toMatchObject({ nonRetryable: false, nextRetryDelay: 3_600_000 });
});
