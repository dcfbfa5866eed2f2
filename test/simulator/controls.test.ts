import { expect, test } from '@jest/globals';
import { started } from './started.ts';
import type { Answer, Started } from './started.ts';

const post = async (simulator: Started, path: string, body: unknown): Promise<Answer> =>
  simulator.call(`/_simulator${path}`, { method: 'POST', body: JSON.stringify(body) });

test('acts over HTTP do what they do in process, and answer ids and events', async () => {
  await using simulator = await started();
  const answer = await post(simulator, '/acts', [
    { act: 'create-directory', id: 'directory_1' },
    { act: 'create-user', id: 'directory_user_1', email: 'one@team.example' },
  ]);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject([
    { act: 'create-directory', directory: 'directory_1', eventCount: 1 },
    { act: 'create-user', user: 'directory_user_1', events: [{ event: 'dsync.user.created' }] },
  ]);
  const truth = await simulator.call('/_simulator/truth?directory=directory_1');
  expect(truth.body).toEqual(JSON.parse(JSON.stringify(simulator.truth('directory_1'))));
  expect(truth.body).toMatchObject({ events: 2, memberships: [], users: [{ deleted: false }] });
});

test.each([
  [[{ act: 'fire-user' }], 404, /^Unknown act "fire-user": allowed are create-organization, /],
  [
    [{ act: 'create-user', mail: 'x' }],
    400,
    /^Unknown parameter "mail" of act "create-user": allowed/,
  ],
  [[{ act: 'delete-user' }], 422, /^Parameter "user" of act "delete-user" is missing\.$/],
  [[{ act: 'create-user', first_name: 7 }], 422, /must be a string or null\.$/],
  [
    [{ act: 'delete-user', user: 'directory_user_none' }],
    404,
    /^There is no user "directory_user_none"/,
  ],
  [[{ act: 'set-directory-state', state: 'on' }], 422, /must be one of linked, validating, /],
  [[{ act: 'create-directory', id: 'directory_1' }], 409, /^The id "directory_1" is taken\.$/],
  [{ act: 'create-user' }, 400, /^The body must be a list of acts\.$/],
  [['create-user'], 400, /^Act 2 must be an object/],
])('a wrong act gets one sentence and nothing is half-done: %j', async (acts, status, sentence) => {
  await using simulator = await started();
  simulator.perform([{ act: 'create-directory', id: 'directory_1' }]);
  const before = { truth: simulator.truth(), health: simulator.health() };
  const good = { act: 'create-user', email: 'good@team.example' };
  const answer = await post(simulator, '/acts', Array.isArray(acts) ? [good, ...acts] : acts);
  expect(answer.body.message).toMatch(sentence);
  expect(answer.status).toBe(status);
  expect({ truth: simulator.truth(), health: simulator.health() }).toEqual(before);
});

test.each([
  ['nothing', {}, 404, /^Unknown scenario "nothing": allowed are company, /],
  [
    'leaver',
    { who: 1 },
    400,
    /^Unknown parameter "who" of scenario "leaver": allowed are directory, user\.$/,
  ],
  ['leaver', {}, 422, /^There is no directory now: play the scenario "company" first\.$/],
  ['company', { people: 0 }, 422, /^Parameter "people" .* must be an integer from 1 to 1000000\.$/],
  ['company', { type: 'fax' }, 422, /must be one of azure scim v2.0, /],
])('a wrong scenario gets one sentence: %s %j', async (name, parameters, status, sentence) => {
  await using simulator = await started();
  const answer = await post(simulator, `/scenarios/${name}`, parameters);
  expect(answer.status).toBe(status);
  expect(answer.body.message).toMatch(sentence);
  expect(simulator.health().events).toBe(0);
});

test('several directories must be told apart', async () => {
  await using simulator = await started({ scenario: 'company' });
  const second = String(simulator.play('backfill', { people: 3, groups: 1 })['directory']);
  expect((await post(simulator, '/scenarios/leaver', {})).body.message).toMatch(
    /^Name the directory: there are 2: directory_/,
  );
  expect(simulator.play('leaver', { directory: second })['directory']).toBe(second);
});

const leavers = async (seed: number): Promise<unknown[]> => {
  await using simulator = await started({
    seed,
    scenario: 'company',
    now: () => 1_800_000_000_000,
  });
  return Array.from({ length: 5 }, () => simulator.play('leaver')['user']);
};

test('scenarios pick the same people from the same seed', async () => {
  expect(await leavers(5)).toEqual(await leavers(5));
  expect(await leavers(5)).not.toEqual(await leavers(6));
});

test('every scenario is listed with its parameters, and plays', async () => {
  await using simulator = await started({ scenario: 'company' });
  const { body } = await simulator.call('/_simulator/scenarios');
  const names: string[] = body.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['company', 'leaver', 'big-bang-removal']));
  const alone = ['company', 'backfill', 'delete-directory'];
  for (const name of names.filter((each) => !alone.includes(each) && each !== 'big-bang-removal')) {
    if (name === 'return') simulator.play('leaver');
    if (name === 'reactivate') simulator.play('deactivate');
    expect((await post(simulator, `/scenarios/${name}`, {})).status).toBe(200);
  }
  const removal = simulator.play('big-bang-removal', { percent: 100 });
  expect(simulator.truth().users.every(({ deleted }) => deleted)).toBe(true);
  expect(removal.eventCount).toBeGreaterThan(10);
});

test('knobs change in part; an unknown or wrong one changes none', async () => {
  await using simulator = await started();
  const put = async (body: unknown): Promise<Answer> =>
    simulator.call('/_simulator/knobs', { method: 'PUT', body: JSON.stringify(body) });
  expect((await put({ retainInactive: true })).body).toMatchObject({
    retainInactive: true,
    limits: true,
  });
  const unknown = await put({ limits: false, volume: 11 });
  expect([unknown.status, unknown.body.message]).toEqual([
    400,
    expect.stringContaining('"volume"'),
  ]);
  const wrong = await put({ limits: false, webhookLossRatio: 2 });
  expect([wrong.status, wrong.body.message]).toEqual([
    422,
    'Parameter "webhookLossRatio" of the knobs must be a number from 0 to 1.',
  ]);
  expect(simulator.knobs().limits).toBe(true);
  expect((await simulator.call('/_simulator/nothing')).status).toBe(404);
  const torn = await simulator.call('/_simulator/acts', { method: 'POST', body: '[{' });
  expect([torn.status, torn.body]).toEqual([400, { message: 'The body is not JSON.' }]);
});
