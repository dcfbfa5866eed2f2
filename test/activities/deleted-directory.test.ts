import { expect, test } from '@jest/globals';
import { createDeprovisionDeleted } from '../../activities/deprovision-deleted.ts';
import { createPauseResume } from '../../activities/pause-resume.ts';
import { readDuties } from '../../src/store/duties.ts';
import { directoryId } from '../../src/domain/ids.ts';
import { oneBackfill } from './one-backfill.ts';
import { at, DIRECTORY, group, page, person, syncedDirectory } from './synced-directory.ts';

type Synced = Awaited<ReturnType<typeof syncedDirectory>>;
const HERE = { directoryId: DIRECTORY };
const PEOPLE = ['user_1', 'user_2', 'user_3'];

/** A directory with a policy, and three people in one group. */
const threePeople = async (
  name: string,
  onDirectoryDeleted: 'freeze' | 'deprovision',
): Promise<Synced> => {
  const synced = await syncedDirectory(name);
  await synced.database.policies.insertOne({ _id: DIRECTORY, onDirectoryDeleted });
  await synced.accept('dsync.activated', 1, { id: DIRECTORY });
  for (const [index, id] of PEOPLE.entries())
    await synced.accept('dsync.group.user_added', 2 + index, {
      directory_id: DIRECTORY,
      user: person(id),
      group: group('group_1'),
    });
  await synced.drain();
  await synced.database.sessions.insertOne({ _id: 'session_1', userId: 'user_1' });
  return synced;
};

const deprovision = ({ deps }: Synced, chunk = 500) => createDeprovisionDeleted(deps, chunk)(HERE);

const deleteDirectory = async (synced: Synced, second = 100): Promise<void> => {
  await synced.accept('dsync.deleted', second, { id: DIRECTORY });
  await synced.drain();
};

const enabled = ({ database }: Synced) => database.users.countDocuments({ enabled: true });
const owes = async ({ database, clock }: Synced) =>
  (await readDuties(database, directoryId(DIRECTORY), clock.now)).deprovision;
const audited = ({ database }: Synced, type: 'user.deprovisioned' | 'user.reactivated') =>
  database.auditLog.find({ type }).toArray();

test('a deleted directory takes nobody’s access unless its policy says so', async () => {
  await using synced = await threePeople('deleted-freeze', 'freeze');
  await deleteDirectory(synced);

  expect(await owes(synced)).toBe(false);
  expect(await deprovision(synced)).toEqual({ left: false });
  expect(await enabled(synced)).toBe(3);
});

test('with the policy everybody leaves at the moment of the deletion, once', async () => {
  await using synced = await threePeople('deleted-deprovision', 'deprovision');
  const { database } = synced;
  await deleteDirectory(synced);
  expect(await owes(synced)).toBe(true);

  expect(await deprovision(synced, 2)).toEqual({ left: false });
  expect(await deprovision(synced)).toEqual({ left: false });

  expect(await owes(synced)).toBe(false);
  for (const user of await database.users.find().toArray())
    expect(user).toMatchObject({
      enabled: false,
      deletedAt: at(100),
      deletionReason: 'directory_sync',
      hardDeleteAt: new Date(at(100).getTime() + 90 * 86_400_000),
    });
  expect(await database.groupMembers.countDocuments({ removedAt: null })).toBe(0);
  expect(await database.groups.findOne({})).toMatchObject({ deletedAt: at(100) });
  expect(await database.sessions.countDocuments()).toBe(0);
  expect(await audited(synced, 'user.deprovisioned')).toMatchObject(
    PEOPLE.map(() => ({ eventId: 'event_100', reason: 'directory_sync' })),
  );
  expect(await database.directories.findOne({})).toMatchObject({
    state: 'deleted',
    syncStatus: 'frozen',
  });
});

test('a crash between two chunks loses nobody and repeats nobody', async () => {
  await using synced = await threePeople('deleted-crash', 'deprovision');
  const { database } = synced;
  await deleteDirectory(synced);
  const write = database.users.bulkWrite.bind(database.users);
  const writes = { left: 1 };
  database.users.bulkWrite = (...given: Parameters<typeof write>) =>
    writes.left-- > 0 ? write(...given) : Promise.reject(new Error('killed'));
  await expect(deprovision(synced, 1)).rejects.toThrow('killed');
  expect(await enabled(synced)).toBe(2);
  expect(await owes(synced)).toBe(true);

  database.users.bulkWrite = write;
  await deprovision(synced, 1);
  expect(await enabled(synced)).toBe(0);
  expect(await audited(synced, 'user.deprovisioned')).toHaveLength(3);
});

test('what was told before the deletion and arrives after it brings nobody back', async () => {
  await using synced = await threePeople('deleted-late', 'deprovision');
  await deleteDirectory(synced);
  await deprovision(synced);
  await synced.accept('dsync.user.created', 50, person('user_late'));
  await synced.accept('dsync.user.updated', 51, { ...person('user_1'), first_name: 'Ada' });
  await synced.drain();

  expect(await enabled(synced)).toBe(0);
  expect(await synced.database.users.findOne({ _id: 'user_late' })).toMatchObject({
    deletedAt: at(100),
    deletionReason: 'directory_sync',
  });
  expect(await synced.database.outbox.countDocuments({ userId: 'user_late' })).toBe(0);
});

test('a reactivation restores everybody whom its backfill shows, and their groups', async () => {
  await using synced = await threePeople('deleted-restored', 'deprovision');
  const { database, listings, clock } = synced;
  await deleteDirectory(synced);
  await deprovision(synced);
  await synced.accept('dsync.activated', 200, { id: DIRECTORY });
  await synced.drain();
  clock.now = at(9000);
  listings.directory = () => Promise.resolve({ data: { id: DIRECTORY }, date: at(9000).getTime() });
  listings.users = () =>
    Promise.resolve({ ...page(['user_1', 'user_2'].map(person)), date: at(9000).getTime() });
  listings.groups = () =>
    Promise.resolve({ ...page([group('group_1')]), date: at(9000).getTime() });
  expect(await oneBackfill(synced)).toBeNull();

  expect(await database.users.distinct('_id', { enabled: true })).toEqual(['user_1', 'user_2']);
  expect(await database.users.findOne({ _id: 'user_1' })).toMatchObject({
    deletedAt: null,
    hardDeleteAt: null,
  });
  expect(await database.groupMembers.distinct('userId', { removedAt: null })).toEqual([
    'user_1',
    'user_2',
  ]);
  expect(await database.groups.findOne({})).toMatchObject({ deletedAt: null });
  expect(await audited(synced, 'user.reactivated')).toHaveLength(2);
});

test.each(['an activation', 'a resume', 'a pause'])(
  'the deprovisioning stops for %s that comes in the middle of it',
  async (what) => {
    await using synced = await threePeople(`deleted-${what}`, 'deprovision');
    const { resumeDirectory, pauseDirectory } = createPauseResume(synced.deps);
    await deleteDirectory(synced);
    if (what === 'a pause') await pauseDirectory(HERE);
    if (what === 'a resume') await resumeDirectory(HERE);
    if (what === 'an activation') {
      await synced.accept('dsync.activated', 200, { id: DIRECTORY });
      await synced.drain();
    }
    expect(await owes(synced)).toBe(false);
    expect(await deprovision(synced)).toEqual({ left: false });
    expect(await enabled(synced)).toBe(3);
  },
);

test('a deletion that an activation overtook deprovisions nobody', async () => {
  await using synced = await threePeople('deleted-overtaken', 'deprovision');
  await synced.accept('dsync.activated', 200, { id: DIRECTORY });
  await synced.drain();
  await deleteDirectory(synced, 100);

  expect(await owes(synced)).toBe(false);
  expect(await enabled(synced)).toBe(3);
});

test('a resume takes the deletion off the attention, and later events do not put it back', async () => {
  await using synced = await threePeople('deleted-thawed', 'freeze');
  const attention = async () =>
    (await synced.database.directories.findOne({ _id: DIRECTORY }))?.attention;
  await deleteDirectory(synced);
  expect(await attention()).toBe('directory-deleted');

  await createPauseResume(synced.deps).resumeDirectory(HERE);
  await synced.accept('dsync.user.updated', 101, person('user_1'));
  await synced.drain();
  expect(await attention()).toBeNull();

  await deleteDirectory(synced, 2000);
  expect(await attention()).toBe('directory-deleted');
});
