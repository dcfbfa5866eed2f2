import { expect, test } from '@jest/globals';
import type { Knobs } from '../../src/simulator/knobs.ts';
import { movableClock, started } from './started.ts';
import type { Started } from './started.ts';

const DIRECTORY = 'directory_1';
const ADA = 'directory_user_ada';
const BEN = 'directory_user_ben';
const TEAM = 'directory_group_team';

/** Two people in one group. */
const team = async (knobs: Partial<Knobs> = {}): Promise<Started> => {
  const simulator = await started({ knobs: { limits: false, ...knobs } });
  simulator.perform([
    { act: 'create-directory', id: DIRECTORY },
    { act: 'create-group', id: TEAM, name: 'Team' },
    { act: 'create-user', id: ADA, email: 'ada@team.example', groups: [TEAM] },
    { act: 'create-user', id: BEN, email: null, groups: [TEAM] },
  ]);
  return simulator;
};

const names = ({ events }: { events: readonly { event: string }[] }): string[] =>
  events.map(({ event }) => event);

const only = (simulator: Started, act: Record<string, unknown>): string[] => {
  const [done] = simulator.perform([act]);
  return done === undefined ? [] : names(done);
};

const members = (simulator: Started): string[] =>
  simulator.truth(DIRECTORY).memberships.map(({ user }) => user);

test('without retained inactive people a deactivation is a deletion, and a return announces no membership', async () => {
  await using simulator = await team({ retainInactive: false });
  expect(only(simulator, { act: 'deactivate-user', user: ADA })).toEqual(['dsync.user.deleted']);
  expect((await simulator.call(`/directory_users/${ADA}`)).status).toBe(404);
  expect(members(simulator)).toEqual([BEN]);
  expect(only(simulator, { act: 'activate-user', user: ADA })).toEqual(['dsync.user.updated']);
  expect(members(simulator)).toEqual([ADA, BEN]);
});

test('a record that is not kept comes back without its groups', async () => {
  await using simulator = await team({ keepDeletedRecords: false });
  simulator.perform([{ act: 'delete-user', user: ADA }]);
  expect(only(simulator, { act: 'return-user', user: ADA })).toEqual(['dsync.user.updated']);
  expect(members(simulator)).toEqual([BEN]);
});

test('with retained inactive people both ways are updates and memberships stay', async () => {
  await using simulator = await team({ retainInactive: true });
  expect(only(simulator, { act: 'deactivate-user', user: ADA })).toEqual(['dsync.user.updated']);
  expect((await simulator.call(`/directory_users/${ADA}`)).body.state).toBe('inactive');
  expect(members(simulator)).toEqual([ADA, BEN]);
  expect(only(simulator, { act: 'activate-user', user: ADA })).toEqual(['dsync.user.updated']);
});

test('a return may bring a new id with the same idp_id', async () => {
  await using simulator = await team({ returnWithNewId: true });
  simulator.perform([{ act: 'delete-user', user: ADA }]);
  const [back] = simulator.perform([{ act: 'return-user', user: ADA, groups: [TEAM] }]);
  expect(back === undefined ? [] : names(back)).toEqual([
    'dsync.user.created',
    'dsync.group.user_added',
  ]);
  const users = simulator.truth(DIRECTORY).users;
  const [old, fresh] = [users[0], users[2]];
  expect(fresh?.id).not.toBe(old?.id);
  expect(fresh).toMatchObject({ idp_id: old?.idp_id, email: old?.email, deleted: false });
});

test('a membership change leaves the person’s updated_at alone', async () => {
  const clock = movableClock();
  await using simulator = await started({ now: clock.now });
  simulator.perform([
    { act: 'create-directory', id: DIRECTORY },
    { act: 'create-group', id: TEAM, name: 'Team' },
    { act: 'create-user', id: ADA },
  ]);
  const before = simulator.truth().users[0]?.updated_at;
  clock.pass(5_000);
  simulator.perform([{ act: 'add-member', group: TEAM, user: ADA }]);
  expect(simulator.truth().users[0]?.updated_at).toBe(before);
});

test('a deleted group and a deleted directory send one event each', async () => {
  await using simulator = await team();
  expect(only(simulator, { act: 'delete-group', group: TEAM })).toEqual(['dsync.group.deleted']);
  expect(members(simulator)).toEqual([]);
  expect(only(simulator, { act: 'delete-directory' })).toEqual(['dsync.deleted']);
  expect((await simulator.call(`/directories/${DIRECTORY}`)).status).toBe(404);
  expect(simulator.truth(DIRECTORY).directory.deleted).toBe(true);
});

test('an update carries whole objects and the old values of what changed', async () => {
  await using simulator = await team();
  simulator.perform([
    { act: 'update-user', user: ADA, custom_attributes: { department_name: 'Sales' } },
    {
      act: 'update-user',
      user: ADA,
      custom_attributes: { department_name: 'Finance' },
      email: 'a@team.example',
    },
    { act: 'update-user', user: ADA },
    { act: 'update-group', group: TEAM, name: 'Crew' },
  ]);
  const { body } = await simulator.call('/events?events=dsync.user.updated,dsync.group.updated');
  const previous = body.data.map(
    ({ data }: { data: Record<string, unknown> }) => data['previous_attributes'],
  );
  expect(previous).toEqual([
    { custom_attributes: { department_name: null } },
    { email: 'ada@team.example', custom_attributes: { department_name: 'Sales' } },
    {},
    { idp_id: 'Team', name: 'Team', raw_attributes: { displayName: 'Team' } },
  ]);
  expect(body.data[1].data).toMatchObject({ id: ADA, email: 'a@team.example', state: 'active' });
});

test('activation is followed by everybody, then each group with its members', async () => {
  await using simulator = await started();
  simulator.perform([{ act: 'create-directory', users: 3, groups: 2, activate: false }]);
  expect(simulator.health().events).toBe(0);
  const kinds = only(simulator, { act: 'activate-directory' });
  expect(kinds.slice(0, 5)).toEqual([
    'dsync.activated',
    'dsync.user.created',
    'dsync.user.created',
    'dsync.user.created',
    'dsync.group.created',
  ]);
  expect(kinds.filter((kind) => kind === 'dsync.group.user_added')).toHaveLength(6);
});

test('activation may be silent, so that only a listing finds the people', async () => {
  await using simulator = await started({ knobs: { activationEvents: false } });
  expect(names(simulator.play('company'))).toEqual(['dsync.activated']);
});

test('bad credentials show in the API and make no event', async () => {
  await using simulator = await team();
  expect(names(simulator.play('bad-credentials'))).toEqual([]);
  expect((await simulator.call(`/directories/${DIRECTORY}`)).body.state).toBe(
    'invalid_credentials',
  );
});

test('the event log replays to the truth, whatever happened', async () => {
  await using simulator = await started({
    seed: 11,
    scenario: 'company',
    knobs: { retainInactive: true, keepDeletedRecords: false },
  });
  simulator.play('burst', { events: 600 });
  const { directory, users, memberships } = simulator.truth();
  const asked =
    'dsync.user.created,dsync.user.updated,dsync.user.deleted,dsync.group.deleted,dsync.group.user_added,dsync.group.user_removed';
  const alive = new Map<string, unknown>();
  const edges = new Set<string>();
  for (let after = ''; ;) {
    const { body } = await simulator.call(`/events?events=${asked}&limit=100&after=${after}`);
    for (const { event, data } of body.data) {
      const drop = (matches: (edge: string) => boolean): void => {
        for (const edge of edges) if (matches(edge)) edges.delete(edge);
      };
      if (event === 'dsync.user.created' || event === 'dsync.user.updated') {
        const { previous_attributes: _previous, ...user } = data;
        alive.set(data.id, { ...user, deleted: false });
      } else if (event === 'dsync.user.deleted') {
        alive.delete(data.id);
        drop((edge) => edge.endsWith(`:${data.id}`));
      } else if (event === 'dsync.group.deleted') drop((edge) => edge.startsWith(`${data.id}:`));
      else if (event === 'dsync.group.user_added') edges.add(`${data.group.id}:${data.user.id}`);
      else edges.delete(`${data.group.id}:${data.user.id}`);
    }
    if (body.list_metadata.after === null) break;
    after = body.list_metadata.after;
  }
  expect(directory['state']).toBe('linked');
  expect([...alive.values()].map((user) => JSON.stringify(user)).toSorted()).toEqual(
    users
      .filter(({ deleted }) => !deleted)
      .map((user) => JSON.stringify(user))
      .toSorted(),
  );
  expect([...edges].toSorted()).toEqual(
    memberships.map(({ group, user }) => `${group}:${user}`).toSorted(),
  );
});
