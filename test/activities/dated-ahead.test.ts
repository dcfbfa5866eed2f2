import { expect, test } from '@jest/globals';
import { at, DIRECTORY, group, person, syncedDirectory } from './synced-directory.ts';

const DAY_S = 86_400;

const edited = (second: number) => ({ updated_at: at(second).toISOString() });

test('an event dated ahead is not applied before its day, however often it is driven again', async () => {
  await using synced = await syncedDirectory('dated-ahead');
  const { database } = synced;
  const retry = () =>
    database.events.updateMany({ status: 'parked' }, { $set: { status: 'pending', error: null } });
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.accept('dsync.user.deleted', 1000 + 2 * DAY_S, person('user_1'), 'event_ahead');
  await synced.drain();
  await retry();
  await synced.drain();

  expect(await database.users.distinct('enabled')).toEqual([true]);
  expect(await database.events.findOne({ _id: 'event_ahead' })).toMatchObject({
    status: 'parked',
    error: expect.stringMatching(/^dated-ahead: /),
  });
  expect(await database.directories.findOne({ _id: DIRECTORY })).toMatchObject({
    lastEventAt: at(1),
  });

  synced.clock.now = at(1000 + 2 * DAY_S);
  await retry();
  await synced.drain();
  expect(await database.users.distinct('enabled')).toEqual([false]);
});

test('content that says it was changed in the far future gives way to the next edit', async () => {
  await using synced = await syncedDirectory('updated-ahead');
  const { database } = synced;
  const ahead = { updated_at: '2999-01-01T00:00:00Z' };
  await synced.accept('dsync.user.created', 1, { ...person('user_1'), ...ahead, first_name: 'A' });
  await synced.accept('dsync.group.created', 2, { ...group('group_1'), ...ahead, name: 'A' });
  await synced.accept('dsync.user.updated', 3, {
    ...person('user_1'),
    ...edited(3),
    first_name: 'B',
  });
  await synced.accept('dsync.group.updated', 4, { ...group('group_1'), ...edited(4), name: 'B' });

  await synced.drain();

  expect(await database.users.distinct('firstName')).toEqual(['B']);
  expect(await database.groups.distinct('name')).toEqual(['B']);
});
