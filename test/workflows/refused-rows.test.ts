import { expect, test } from '@jest/globals';
import { DIRECTORY, group, person } from '../activities/synced-directory.ts';
import { backfilledDirectory, type Shown } from '../support/wf-backfilled.ts';

const PEOPLE = Array.from({ length: 8 }, (_, index) => person(`user_${index + 1}`));
/** A row whose id cannot be one. */
const NAMELESS = { ...person('user_9'), id: 'user_\u0000' };
const MEMBERS = { group_1: ['user_1', 'user_2', 'user_3'] };
const WHOLE: Shown = { users: PEOPLE, groups: [group('group_1')], members: MEMBERS };

/** A directory that was read whole once, in a database with a unique index of the application's. */
const company = async (name: string) => {
  const synced = await backfilledDirectory(name);
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  await synced.drain();
  await synced.database.users.createIndex(
    { email: 1, directoryId: 1 },
    { unique: true, partialFilterExpression: { email: { $type: 'string' } } },
  );
  await synced.resync(WHOLE);
  return synced;
};

const later = (
  users: Shown['users'],
  { members = MEMBERS, second = 950 }: Partial<Pick<Shown, 'members' | 'second'>> = {},
): Shown => ({ ...WHOLE, users, members, second });

const enabled = async ({ database }: Awaited<ReturnType<typeof company>>) =>
  (await database.users.distinct('_id', { enabled: true })).toSorted();

test('a listed person whom MongoDB refuses is left out alone, stays as known, and is reported', async () => {
  await using synced = await company('refused-person');
  const { database } = synced;
  const edited = { updated_at: '2026-01-01T00:10:00Z', email: 'user_1@example.org' };

  const report = await synced.resync(
    later([
      ...PEOPLE.filter(({ id }) => id !== 'user_2' && id !== 'user_8'),
      { ...person('user_2'), ...edited },
      { ...person('user_9'), ...edited },
      { ...person('user_10'), updated_at: edited.updated_at },
    ]),
  );

  expect(report).toMatchObject({
    outcome: 'done',
    reason: 'listing-rows-refused',
    counts: { users: 9, groups: 1, memberships: 3, absent: 1 },
    refused: [
      { id: 'user_2', code: expect.stringContaining('11000') },
      { id: 'user_9', code: expect.stringContaining('11000') },
    ],
  });
  expect(await database.directories.findOne({})).toMatchObject({
    syncStatus: 'active',
    attention: 'listing-rows-refused',
  });
  expect(await enabled(synced)).toEqual(
    [1, 10, 2, 3, 4, 5, 6, 7].map((number) => `user_${number}`),
  );
  expect(await database.users.findOne({ _id: 'user_2' })).toMatchObject({
    email: 'user_2@example.org',
  });
  expect(await database.groupMembers.distinct('userId', { removedAt: null })).toEqual(
    MEMBERS.group_1,
  );

  await synced.resync(later(PEOPLE, { second: 980 }));
  expect(await database.directories.findOne({})).toMatchObject({ attention: null });
}, 120_000);

test('where somebody listed cannot even be marked as seen, nobody is taken for absent', async () => {
  await using synced = await company('refused-mark');
  const { database } = synced;
  await database.db.command({ collMod: 'users', validator: { _id: { $ne: 'user_2' } } });

  const report = await synced.resync(
    later(
      PEOPLE.filter(({ id }) => id !== 'user_8'),
      { members: { group_1: ['user_1', 'user_2'] } },
    ),
  );

  expect(report).toMatchObject({
    outcome: 'done',
    reason: 'listing-rows-refused',
    counts: { absent: 0 },
    unmarked: true,
  });
  expect(await enabled(synced)).toHaveLength(8);
  expect(await database.groupMembers.countDocuments({ removedAt: null })).toBe(3);
}, 120_000);

test('an absence that MongoDB refuses to write keeps no other from being concluded', async () => {
  await using synced = await company('refused-absence');
  const { database } = synced;
  await database.db.command({ collMod: 'users', validator: { _id: { $ne: 'user_7' } } });

  const report = await synced.resync(later(PEOPLE.slice(0, 5)));

  expect(report).toMatchObject({
    outcome: 'done',
    reason: 'listing-rows-refused',
    counts: { absent: 2 },
    refused: [{ id: 'user_7' }],
  });
  expect(await enabled(synced)).toEqual([1, 2, 3, 4, 5, 7].map((number) => `user_${number}`));
}, 120_000);

// Its count agrees with the directory's own: the person is gone only from what we can read.
test.each<[string, Partial<Shown>]>([
  ['of a person', { users: [...PEOPLE.slice(1), { ...person('user_1'), id: '' }] }],
  ['of a group', { groups: [{ ...group('group_1'), id: ' ' }] }],
  ['of a member', { members: { group_1: ['user_1', 'user_2', NAMELESS.id] } }],
])(
  'a row without an id %s ends nobody’s access and no membership',
  async (_of, shown) => {
    await using synced = await company('nameless-row');

    const report = await synced.resync({
      ...later([...PEOPLE, NAMELESS]),
      ...shown,
    });

    expect(report).toMatchObject({
      outcome: 'done',
      reason: 'listing-rows-refused',
      refused: [{ code: 'row-without-id' }],
    });
    expect(await enabled(synced)).toHaveLength(8);
    expect(await synced.database.groups.countDocuments({ deletedAt: null })).toBe(1);
    expect(await synced.database.groupMembers.countDocuments({ removedAt: null })).toBe(3);
  },
  120_000,
);
