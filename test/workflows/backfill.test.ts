import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createPauseResume } from '../../activities/pause-resume.ts';
import { DIRECTORY, group, page, person } from '../activities/synced-directory.ts';
import { backfilledDirectory, type Shown } from '../support/wf-backfilled.ts';

const PEOPLE = Array.from({ length: 14 }, (_, index) => person(`user_${index + 1}`));
const GROUPS = Array.from({ length: 14 }, (_, index) => group(`group_${index + 1}`));
const MEMBERS = { group_1: ['user_1', 'user_2'], group_2: ['user_1'] };
const WHOLE: Shown = { users: PEOPLE, groups: GROUPS, members: MEMBERS };

type Backfilled = Awaited<ReturnType<typeof backfilledDirectory>>;

/** A directory whose people, groups and memberships are known from events. */
const company = async (name: string): Promise<Backfilled> => {
  const backfilled = await backfilledDirectory(name);
  await backfilled.accept('dsync.activated', 1, { id: DIRECTORY });
  for (const [index, user] of PEOPLE.entries())
    await backfilled.accept('dsync.user.created', 10 + index, user);
  for (const [index, one] of GROUPS.entries())
    await backfilled.accept('dsync.group.created', 30 + index, one);
  const members = Object.entries(MEMBERS).flatMap(([id, users]) =>
    users.map((user) => ({ directory_id: DIRECTORY, user: person(user), group: group(id) })),
  );
  for (const [index, member] of members.entries())
    await backfilled.accept('dsync.group.user_added', 50 + index, member);
  await backfilled.drain();
  await backfilled.database.sessions.insertMany([
    { _id: 'session_1', userId: 'user_1' },
    { _id: 'session_2', userId: 'user_2' },
  ]);
  return backfilled;
};

const live = async ({ database }: Backfilled) => ({
  people: await database.users.countDocuments({ enabled: true, deletedAt: null }),
  groups: await database.groups.countDocuments({ deletedAt: null }),
  memberships: (await database.groupMembers.distinct('_id', { removedAt: null })).toSorted(),
});

const EVERYTHING = {
  people: 14,
  groups: 14,
  memberships: ['group_1:user_1', 'group_1:user_2', 'group_2:user_1'],
};

test('a resync removes the person, the group and the membership that it does not show', async () => {
  await using synced = await company('resync-removes');

  const report = await synced.resync({
    users: PEOPLE.filter(({ id }) => id !== 'user_2'),
    groups: GROUPS.filter(({ id }) => id !== 'group_2'),
    members: { group_1: ['user_1'] },
  });

  expect(report).toMatchObject({
    outcome: 'done',
    reason: null,
    counts: { users: 13, groups: 13, memberships: 1, absent: 2, phase: 'done' },
  });
  expect(await live(synced)).toEqual({ people: 13, groups: 13, memberships: ['group_1:user_1'] });
  const { database } = synced;
  expect(await database.users.findOne({ _id: 'user_2' })).toMatchObject({
    enabled: false,
    state: 'inactive',
    deletionReason: 'missing_from_directory',
    deletedAt: expect.any(Date),
    hardDeleteAt: expect.any(Date),
  });
  expect(await database.sessions.distinct('_id')).toEqual(['session_1']);
  expect(await database.auditLog.findOne({ userId: 'user_2', type: 'user.deprovisioned' })).toEqual(
    expect.objectContaining({ reason: 'missing_from_directory', eventId: null }),
  );
}, 60_000);

test('a late older event about a person whom a resync did not show gives them no access', async () => {
  await using synced = await company('resync-late');
  await synced.resync({ ...WHOLE, users: PEOPLE.slice(1) });
  await synced.accept('dsync.user.updated', 800, person('user_1'));
  await synced.accept('dsync.user.created', 801, person('user_new'));
  await synced.drain();
  for (const _id of ['user_1', 'user_new'])
    expect(await synced.database.users.findOne({ _id })).toMatchObject({ enabled: false });
}, 60_000);

test('an empty listing of groups ends no group and no membership, and the people are concluded all the same', async () => {
  await using synced = await company('groups-empty');

  const report = await synced.resync({
    ...WHOLE,
    users: PEOPLE.slice(0, 13),
    groups: [],
    members: {},
  });

  expect(report).toMatchObject({ outcome: 'done', reason: 'listing-groups-empty' });
  expect(await live(synced)).toEqual({ ...EVERYTHING, people: 13 });
  expect(await synced.database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    attention: 'listing-groups-empty',
    sync: { usersListed: expect.any(String), groupsListed: null, membershipsListed: null },
  });
}, 60_000);

test.each<[string, string, Partial<Shown>]>([
  ['listing-too-small', 'people of whom it shows less than half', { users: PEOPLE.slice(0, 6) }],
  [
    'listing-groups-small',
    'groups of which it shows less than half',
    { groups: GROUPS.slice(0, 6) },
  ],
  [
    'listing-groups-differ',
    'groups that disagree with the directory’s own count',
    {
      groups: GROUPS.slice(0, 13),
      metadata: { users: { active: 14, inactive: 0 }, groups: 14 },
    },
  ],
  ['listing-empty', 'nobody', { users: [], members: {} }],
])(
  '%s: a listing of %s removes nothing',
  async (reason, _of, shown) => {
    await using synced = await company('implausible');

    const report = await synced.resync({ ...WHOLE, members: {}, ...shown });

    expect(report).toMatchObject({ outcome: 'done', reason, counts: { absent: 0 } });
    expect(await live(synced)).toEqual(EVERYTHING);
  },
  60_000,
);

test('a listing that lacks most memberships ends none, and concludes people and groups all the same', async () => {
  await using synced = await company('memberships-small');
  const members = { group_3: PEOPLE.slice(3, 11).map(({ id }) => id) };
  for (const [index, user] of members.group_3.entries())
    await synced.accept('dsync.group.user_added', 100 + index, {
      directory_id: DIRECTORY,
      user: person(user),
      group: group('group_3'),
    });
  await synced.drain();
  const before = await live(synced);

  const shown = { ...WHOLE, users: PEOPLE.slice(0, 13), members: { group_1: ['user_1'] } };
  const report = await synced.resync(shown);

  expect(report).toMatchObject({ outcome: 'done', reason: 'listing-memberships-small' });
  expect(await live(synced)).toEqual({ ...before, people: 13 });
  expect(await synced.database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    attention: 'listing-memberships-small',
    sync: { groupsListed: expect.any(String), membershipsListed: null },
  });

  const complete = { ...shown, second: 901, members: { ...MEMBERS, ...members } };
  expect(await synced.resync(complete)).toMatchObject({
    outcome: 'done',
    reason: null,
  });
}, 60_000);

test('a backfill whose directory is paused at its second page goes on there', async () => {
  await using synced = await company('paused');
  const operate = createPauseResume(synced.deps);
  const asked: (string | null | undefined)[] = [];
  let resumed: Promise<unknown> | undefined;

  const report = await synced.resync(WHOLE, (listings) => ({
    ...listings,
    users: async (query) => {
      if (query.group !== undefined) return listings.users(query);
      asked.push(query.after);
      if (query.after !== null) return page(PEOPLE.slice(1));
      await operate.pauseDirectory({ directoryId: DIRECTORY });
      resumed = delay(1000).then(() => operate.resumeDirectory({ directoryId: DIRECTORY }));
      return page(PEOPLE.slice(0, 1), 'user_1');
    },
  }));
  await resumed;

  expect(report).toMatchObject({ outcome: 'done', reason: null, counts: { users: 14, absent: 0 } });
  expect(asked).toEqual([null, 'user_1']);
}, 60_000);
