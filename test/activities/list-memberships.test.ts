import { expect, test } from '@jest/globals';
import {
  createListMemberships,
  type MembershipPosition,
} from '../../activities/list-memberships.ts';
import { directoryId } from '../../src/domain/ids.ts';
import type { MembershipsBy } from '../../src/domain/memberships-by.ts';
import { fenceVersion } from '../../src/domain/version.ts';
import { newDirectory } from '../../src/store/new-directory.ts';
import { createListings } from '../../src/workos/list-pages.ts';
import { movableClock, started } from '../simulator/started.ts';
import { viewOfDatabase } from '../support/e2e-synced.ts';
import { oneBackfill } from './one-backfill.ts';
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

const GROUPS_OF = { user_1: ['group_1', 'group_2', 'group_3'], user_2: ['group_2'] } as const;

/** Two people in three groups, known from events; WorkOS says the same, two rows a page. */
const twoPeople = async (name: string) => {
  const synced = await syncedDirectory(name);
  const pairs = Object.entries(GROUPS_OF).flatMap(([user, groups]) =>
    groups.map((of) => ({ user: person(user), group: group(of) })),
  );
  for (const [index, pair] of pairs.entries())
    await synced.accept('dsync.group.user_added', 1 + index, { directory_id: DIRECTORY, ...pair });
  await synced.drain();
  const asked: string[] = [];
  const answer = (of: string, rows: readonly { id: string }[], after: string | null = null) => {
    asked.push(`${of}${after === null ? '' : ` after ${after}`}`);
    const from = rows.slice(after === null ? 0 : rows.findIndex(({ id }) => id === after) + 1);
    return Promise.resolve(page(from.slice(0, 2), from.length > 2 ? (from[1]?.id ?? null) : null));
  };
  synced.listings.users = ({ group: of = '', after = null }) =>
    answer(
      of,
      pairs.filter((pair) => pair.group.id === of).map(({ user }) => user),
      after,
    );
  synced.listings.groups = ({ user: of = '', after = null }) =>
    answer(
      of,
      pairs.filter((pair) => pair.user.id === of).map((pair) => pair.group),
      after,
    );
  const list = (by: MembershipsBy, resumeAt?: MembershipPosition) => {
    const heartbeats: MembershipPosition[] = [];
    const context = () => ({
      resumeAt,
      heartbeat: (position: MembershipPosition) => void heartbeats.push(position),
    });
    const listing = createListMemberships(synced.deps, context, () => by)(INPUT);
    return listing.then((listed) => ({ ...listed, heartbeats }));
  };
  const { [Symbol.asyncDispose]: dispose, ...rest } = synced;
  return { ...rest, asked, list, [Symbol.asyncDispose]: dispose };
};

const live = async ({ database }: Awaited<ReturnType<typeof twoPeople>>) =>
  (await database.groupMembers.distinct('_id', { removedAt: null })).toSorted();

const place = (fields: Partial<MembershipPosition>): MembershipPosition => ({
  by: 'group',
  count: 0,
  whole: null,
  within: null,
  after: null,
  ...fields,
});

test('by user or by group, a directory that changed unheard ends as the same database', async () => {
  await using stack = new AsyncDisposableStack();
  const clock = movableClock();
  const simulator = stack.use(await started({ now: clock.now, knobs: { limits: false } }));
  const id = String(simulator.play('company', { people: 20, groups: 12 })['directory']);
  const directories = await Promise.all(
    (['group', 'user'] as const).map(async (by) => {
      const synced = stack.use(await syncedDirectory(`listed-by-${by}`));
      await synced.database.directories.insertOne(newDirectory(directoryId(id)));
      const listings = createListings({ apiKey: 'sk_test', apiUrl: simulator.url });
      const deps = { ...synced.deps, listings, now: () => new Date(clock.now()) };
      return {
        by,
        database: synced.database,
        read: () => oneBackfill({ deps }, { directoryId: id, by }),
      };
    }),
  );
  const readAll = async () => {
    clock.pass(60_000);
    for (const { read } of directories) expect(await read()).toBeNull();
    const views = await Promise.all(
      directories.map(async ({ database }) => ({
        ...(await viewOfDatabase(database)),
        audit: (await database.auditLog.distinct('_id')).toSorted(),
      })),
    );
    return { views, truth: simulator.truth().memberships.length };
  };

  const first = await readAll();
  clock.pass(60_000);
  simulator.play('burst', { events: 60 });
  const second = await readAll();

  for (const { views, truth } of [first, second]) {
    const [byGroup, byUser] = views;
    expect(byUser).toEqual(byGroup);
    expect(byGroup?.memberships).toHaveLength(truth);
  }
  expect(second.views[0]?.memberships).not.toEqual(first.views[0]?.memberships);
  for (const { by, database } of directories)
    expect(await database.reports.distinct('membershipsBy')).toEqual([by]);
}, 120_000);

test('a listing goes on where it stopped, on the way on which it began', async () => {
  await using synced = await twoPeople('resume-by-user');
  const resumeAt = place({ by: 'user', count: 2, within: 'user_1', after: 'group_2' });

  const { count, heartbeats } = await synced.list('group', resumeAt);

  expect(synced.asked).toEqual(['user_1 after group_2', 'user_2']);
  expect(count).toBe(4);
  expect(heartbeats).toEqual([
    resumeAt,
    place({ by: 'user', count: 3, within: 'user_1', whole: 'user_1' }),
    place({ by: 'user', count: 4, within: 'user_2', whole: 'user_2' }),
  ]);
});

test('the place of an earlier release, which knew one way, begins the listing anew', async () => {
  await using synced = await twoPeople('resume-old');
  const old = { count: 3, after: null, group: 'group_2', within: 'group_2' };
  expect(await synced.list('user', old as never)).toMatchObject({ count: 4 });
  expect(synced.asked).toEqual(['user_1', 'user_1 after group_2', 'user_2']);
});

test('a membership that the pages do not show stands until the listing as a whole is judged', async () => {
  await using synced = await twoPeople('conclude-nothing');
  const before = await live(synced);
  const groups = synced.listings.groups;
  synced.listings.groups = async (query) => {
    const shown = await groups(query);
    return { ...shown, data: shown.data.filter(({ id }) => id !== 'group_1') };
  };

  await synced.list('user');

  expect(before).toContain('group_1:user_1');
  expect(await live(synced)).toEqual(before);
});

test('somebody whom WorkOS no longer knows does not end the listing', async () => {
  await using synced = await twoPeople('person-gone');
  const groups = synced.listings.groups;
  synced.listings.groups = (query) =>
    query.user === 'user_1' ? Promise.reject(refusal({ kind: 'not-found' })) : groups(query);

  expect(await synced.list('user')).toMatchObject({ count: 1 });
  expect(await live(synced)).toHaveLength(4);
});

test('a group that WorkOS no longer knows does not end the listing', async () => {
  await using synced = await twoPeople('group-gone');
  const users = synced.listings.users;
  synced.listings.users = (query) =>
    query.group === 'group_2' ? Promise.reject(refusal({ kind: 'not-found' })) : users(query);

  expect(await synced.list('group')).toMatchObject({ count: 2 });
  expect(await live(synced)).toHaveLength(4);
});

test('a listing resumed in a group that is gone reads the next group from its first member', async () => {
  await using synced = await twoPeople('resume-gone');
  await synced.accept('dsync.group.deleted', 600, group('group_1'));
  await synced.drain();

  await synced.list('group', place({ count: 100, after: 'user_9', within: 'group_1' }));

  expect(synced.asked).toEqual(['group_2', 'group_3']);
});
