import { expect, test } from '@jest/globals';
import { createPauseResume } from '../../activities/pause-resume.ts';
import { oneBackfill } from './one-backfill.ts';
import { DIRECTORY, group, page, person, refusal, syncedDirectory } from './synced-directory.ts';

type Synced = Awaited<ReturnType<typeof syncedDirectory>>;

const of = (organization: string, wire: Record<string, unknown>) => ({
  ...wire,
  organization_id: organization,
});

/** A directory of org_1 with one person in one group, read whole. */
const readWhole = async (name: string): Promise<Synced> => {
  const synced = await syncedDirectory(name);
  await synced.accept('dsync.activated', 1, of('org_1', { id: DIRECTORY, name: 'Acme' }));
  await synced.accept('dsync.group.user_added', 2, {
    directory_id: DIRECTORY,
    user: of('org_1', person('user_1')),
    group: of('org_1', group('group_1')),
  });
  await synced.drain();
  shows(synced, 'org_1', 'linked');
  await oneBackfill(synced);
  return synced;
};

/** WorkOS shows the directory so, with everybody in it. */
const shows = ({ listings, clock }: Synced, organization: string, state: string): void => {
  listings.directory = () =>
    Promise.resolve({
      data: of(organization, { id: DIRECTORY, state }),
      date: clock.now.getTime(),
    });
  listings.users = () => Promise.resolve(page([of(organization, person('user_1'))]));
  listings.groups = () => Promise.resolve(page([of(organization, group('group_1'))]));
};

const later = (synced: Synced): Promise<string | null> => {
  synced.clock.now = new Date(synced.clock.now.getTime() + 900_000);
  return oneBackfill(synced);
};

const directoryOf = ({ database }: Synced) => database.directories.findOne({ _id: DIRECTORY });
const personOf = ({ database }: Synced) => database.users.findOne({ _id: 'user_1' });

test.each([
  ['answers 404', 'workos-not-found'],
  ['shows it as unlinked', 'directory-unlinked'],
])(
  'a directory of which WorkOS %s is unlinked and frozen, and nobody leaves',
  async (_how, code) => {
    await using synced = await readWhole(code);
    const { database } = synced;
    shows(synced, 'org_1', 'unlinked');
    if (code === 'workos-not-found')
      synced.listings.directory = () => Promise.reject(refusal({ kind: 'not-found' }));

    expect(await later(synced)).toBe(code);
    expect(await later(synced)).toBe(code);

    expect(await directoryOf(synced)).toMatchObject({
      state: 'unlinked',
      syncStatus: 'frozen',
      attention: code,
    });
    expect(await database.auditLog.find({ type: 'directory.unlinked' }).toArray()).toMatchObject([
      { severity: 'error', reason: code, directoryId: DIRECTORY },
    ]);
    await synced.accept('dsync.user.deleted', 9000, person('user_1'));
    await synced.drain();
    expect(await personOf(synced)).toMatchObject({ enabled: true });
    expect(await database.groupMembers.countDocuments({ removedAt: null })).toBe(1);
    expect(await database.events.countDocuments({ status: 'pending' })).toBe(1);
  },
);

test('an activation brings an unlinked directory back, with the events that waited', async () => {
  await using synced = await readWhole('unlinked-back');
  synced.listings.directory = () => Promise.reject(refusal({ kind: 'not-found' }));
  await later(synced);
  await synced.accept('dsync.user.created', 9000, of('org_1', person('user_2')));
  await synced.drain();
  expect(await synced.database.users.countDocuments()).toBe(1);

  await synced.accept('dsync.activated', 9001, of('org_1', { id: DIRECTORY }));
  await synced.drain();

  expect(await directoryOf(synced)).toMatchObject({
    state: 'linked',
    attention: null,
    sync: { owesBackfill: true },
  });
  expect(await synced.database.users.countDocuments({ enabled: true })).toBe(2);
  shows(synced, 'org_1', 'linked');
  synced.listings.users = () =>
    Promise.resolve(page([person('user_1'), person('user_2')].map((one) => of('org_1', one))));
  synced.clock.now = new Date(synced.clock.now.getTime() + 86_400_000);
  expect(await later(synced)).toBeNull();
  expect(await directoryOf(synced)).toMatchObject({ syncStatus: 'active' });
});

test('a resume has an unlinked directory read again', async () => {
  await using synced = await readWhole('unlinked-resumed');
  synced.listings.directory = () => Promise.reject(refusal({ kind: 'not-found' }));
  await later(synced);
  await createPauseResume(synced.deps).resumeDirectory({ directoryId: DIRECTORY });
  expect(await directoryOf(synced)).toMatchObject({
    state: 'linked',
    sync: { owesBackfill: true },
  });
});

const warnings = ({ database }: Synced) =>
  database.auditLog.find({ type: 'dsync.error', reason: 'organization-differs' }).toArray();

// dust#21748: an organization switched directories, and events of the old one still came.
test('events that name another organization are told once, move nobody and take nothing', async () => {
  await using synced = await readWhole('other-organization');
  for (const second of [2000, 2001, 2002])
    await synced.accept('dsync.user.updated', second, {
      ...of('org_2', person('user_1')),
      first_name: `Ada ${second}`,
      updated_at: new Date(Date.parse('2026-01-01') + second * 1000).toISOString(),
    });
  await synced.accept('dsync.group.updated', 2003, of('org_2', group('group_1')));
  await synced.drain();

  expect(await warnings(synced)).toMatchObject([
    { severity: 'warning', eventId: 'event_2000', directoryId: DIRECTORY, organizationId: 'org_1' },
  ]);
  expect(await personOf(synced)).toMatchObject({
    enabled: true,
    organizationId: 'org_1',
    firstName: 'Ada 2002',
  });
  expect(await synced.database.groups.findOne({})).toMatchObject({ organizationId: 'org_1' });
  expect(await directoryOf(synced)).toMatchObject({
    organizationId: 'org_1',
    sync: { owesBackfill: true },
  });

  await later(synced);
  await synced.accept('dsync.user.updated', 2004, of('org_2', person('user_1')));
  await synced.drain();
  expect(await warnings(synced)).toHaveLength(1);
  expect(await directoryOf(synced)).toMatchObject({ sync: { owesBackfill: false } });
});

test.each(['the API', 'an activation'])(
  'a directory that moved to another organization by the word of %s takes its people along',
  async (source) => {
    await using synced = await readWhole(`moved-${source}`);
    await synced.accept('dsync.user.updated', 2000, of('org_2', person('user_1')));
    if (source === 'an activation')
      await synced.accept('dsync.activated', 2001, of('org_2', { id: DIRECTORY }));
    await synced.drain();
    shows(synced, 'org_2', 'linked');
    synced.clock.now = new Date(synced.clock.now.getTime() + 3_600_000);
    await later(synced);

    expect(await directoryOf(synced)).toMatchObject({ organizationId: 'org_2' });
    expect(await personOf(synced)).toMatchObject({ enabled: true, organizationId: 'org_2' });
    expect(await warnings(synced)).toHaveLength(1);
    // Late events of the old organization move nobody back.
    await synced.accept('dsync.user.updated', 3000, {
      ...of('org_1', person('user_1')),
      updated_at: '2026-02-01T00:00:00.000Z',
    });
    await synced.drain();
    expect(await personOf(synced)).toMatchObject({ enabled: true, organizationId: 'org_2' });
  },
);

test('a move that only the API tells is told once', async () => {
  await using synced = await readWhole('moved-silently');
  shows(synced, 'org_2', 'linked');
  await later(synced);
  await later(synced);
  expect(await warnings(synced)).toMatchObject([{ severity: 'warning', eventId: null }]);
  expect(await personOf(synced)).toMatchObject({ enabled: true, organizationId: 'org_2' });
});

test('an event that is parked is told in the audit log, by its code', async () => {
  await using synced = await readWhole('parked-told');
  await synced.accept('dsync.user.updated', 2000, of('org_1', { directory_id: DIRECTORY }));
  await synced.drain();

  expect(await synced.database.auditLog.find({ type: 'dsync.error' }).toArray()).toMatchObject([
    {
      severity: 'error',
      reason: 'payload-invalid',
      eventId: 'event_2000',
      organizationId: 'org_1',
    },
  ]);
});
