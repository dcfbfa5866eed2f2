import { expect, test } from '@jest/globals';
import { eventually, startProduct } from '../support/e2e-product.ts';

test('D6, B11: a person and a group are read again by command, though no event told of them', async () => {
  // Every webhook is lost and nothing polls: only what is asked for arrives.
  await using product = await startProduct({
    name: 'people',
    intake: 'webhook',
    knobs: { activationEvents: false },
  });
  const { database, dsync } = product;
  await product.play('company', { people: 6, groups: 2 });
  await eventually(
    'the directory is backfilled',
    async () => (await database.directories.findOne({}))?.syncStatus === 'active',
    { timeoutMs: 60_000 },
  );
  await product.setKnobs({ webhookLossRatio: 1 });
  const { users, groups, memberships } = await product.truth();
  const user = String(users[0]?.id);
  const group = String(groups[0]?.id);
  const was = memberships.filter((one) => one.user === user).map((one) => one.group);
  await product.act(
    { act: 'update-user', user, first_name: 'Renamed' },
    ...was.map((from) => ({ act: 'remove-member', user, group: from })),
    { act: 'create-user', id: 'directory_user_new', groups: [group] },
  );

  const remote = await dsync('user', 'show', '--remote', user, '--json');
  expect(JSON.parse(remote.out)).toMatchObject({ user: { first_name: 'Renamed' }, groups: [] });
  const stale = await dsync('user', 'show', user, '--json');
  expect(JSON.parse(stale.out)).not.toMatchObject({ firstName: 'Renamed' });

  const read = await dsync('user', 'refresh', user, '--json');
  expect([read.code, read.err]).toEqual([0, '']);
  expect(JSON.parse(read.out)).toMatchObject({
    outcome: 'done',
    listed: 0,
    fields: expect.arrayContaining([expect.objectContaining({ after: 'Renamed' })]),
    changes: expect.arrayContaining([{ type: 'membership.removed', count: was.length }]),
  });

  const unknown = await dsync('user', 'refresh', 'directory_user_new');
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('--directory')]);
  const directory = String((await database.directories.findOne({}))?._id);
  const filled = await dsync('user', 'refresh', 'directory_user_new', '--directory', directory);
  expect([filled.code, filled.out]).toEqual([0, expect.stringContaining('user.provisioned')]);
  expect(await database.users.findOne({ _id: 'directory_user_new' })).toMatchObject({
    enabled: true,
  });

  await product.act({ act: 'remove-member', user: 'directory_user_new', group });
  const again = await dsync('group', 'refresh', group);
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('membership.removed')]);
  const members = await database.groupMembers.distinct('directoryUserId', {
    groupId: group,
    removedAt: null,
  });
  const truth = await product.truth();
  expect(members.toSorted()).toEqual(
    truth.memberships
      .filter((one) => one.group === group)
      .map((one) => one.user)
      .toSorted(),
  );
  const nothing = await dsync('group', 'refresh', group);
  expect(nothing.out).toContain('Nothing changed.');

  await product.act({ act: 'delete-user', user });
  const gone = await dsync('user', 'refresh', user);
  expect([gone.code, gone.out]).toEqual([1, expect.stringContaining('dsync resync')]);
  expect(await database.users.findOne({ _id: user })).toMatchObject({ enabled: true });

  await dsync('pause', directory);
  const waiting = await dsync('group', 'refresh', group);
  expect([waiting.code, waiting.out]).toEqual([3, expect.stringContaining('dsync resume')]);
}, 240_000);
