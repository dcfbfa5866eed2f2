import { expect, test } from '@jest/globals';
import { movableClock, started } from './started.ts';
import type { Started } from './started.ts';

const unlimited = { limits: false };

const people = async (count: number): Promise<Started & { directory: string; ids: string[] }> => {
  const simulator = await started({ knobs: unlimited });
  const made = simulator.play('company', { people: count, groups: 3 });
  return {
    ...simulator,
    directory: String(made['directory']),
    ids: simulator.truth().users.map(({ id }) => id),
  };
};

const list = async (
  simulator: Started,
  query: string,
): Promise<{ ids: string[]; before: string | null; after: string | null }> => {
  const { body } = await simulator.call(`/directory_users?${query}`);
  const ids = body.data.map(({ id }: { id: string }) => id);
  return { ids, ...body.list_metadata };
};

test('asc walks from the oldest to a null cursor', async () => {
  await using simulator = await people(25);
  const { directory, ids } = simulator;
  const first = await list(simulator, `directory=${directory}&order=asc&limit=20`);
  expect(first).toEqual({ ids: ids.slice(0, 20), before: null, after: ids[19] });
  const second = await list(
    simulator,
    `directory=${directory}&order=asc&limit=20&after=${ids[19]}`,
  );
  expect(second).toEqual({ ids: ids.slice(20), before: ids[20], after: null });
  const back = await list(simulator, `directory=${directory}&order=asc&limit=3&before=${ids[20]}`);
  expect(back).toEqual({ ids: ids.slice(17, 20), before: ids[17], after: ids[19] });
});

test('desc is the default, ten a page, and walks towards the oldest', async () => {
  await using simulator = await people(25);
  const { directory, ids } = simulator;
  const newest = ids.toReversed();
  const first = await list(simulator, `directory=${directory}`);
  expect(first).toEqual({ ids: newest.slice(0, 10), before: null, after: newest[9] });
  const last = await list(simulator, `directory=${directory}&limit=100&after=${newest[9]}`);
  expect(last).toEqual({ ids: newest.slice(10), before: newest[10], after: null });
});

test('normal shows the newest first and swaps the cursors', async () => {
  await using simulator = await people(25);
  const { directory, ids } = simulator;
  const newest = ids.toReversed();
  const first = await list(simulator, `directory=${directory}&order=normal`);
  expect(first).toEqual({ ids: newest.slice(0, 10), before: newest[9], after: null });
  const older = await list(simulator, `directory=${directory}&order=normal&before=${newest[9]}`);
  expect(older).toEqual({ ids: newest.slice(10, 20), before: newest[19], after: newest[10] });
  const newer = await list(
    simulator,
    `directory=${directory}&order=normal&after=${newest[10]}&limit=2`,
  );
  expect(newer).toEqual({ ids: newest.slice(8, 10), before: newest[9], after: newest[8] });
});

test('a cursor stays good after its person is deleted', async () => {
  await using simulator = await people(10);
  const { directory, ids } = simulator;
  simulator.perform([{ act: 'delete-user', user: ids[4] }]);
  const page = await list(simulator, `directory=${directory}&order=asc&after=${ids[4]}&limit=2`);
  expect(page.ids).toEqual(ids.slice(5, 7));
});

test('the members of a group page fully, also past a cursor that left the group', async () => {
  await using simulator = await people(30);
  const { directory } = simulator;
  const group = 'directory_group_all';
  const ids = simulator.truth().users.map(({ id }) => id);
  simulator.perform([
    { act: 'create-group', id: group, name: 'All', directory },
    ...ids.toReversed().map((user) => ({ act: 'add-member', group, user })),
  ]);
  const first = await list(simulator, `group=${group}&order=asc&limit=12`);
  expect(first.ids).toEqual(ids.slice(0, 12));
  simulator.perform([{ act: 'remove-member', group, user: ids[11] }]);
  const rest = await list(simulator, `group=${group}&order=asc&limit=100&after=${ids[11]}`);
  expect(rest).toEqual({ ids: ids.slice(12), before: ids[12], after: null });
});

test('idp_id and email find one person, and need a directory', async () => {
  await using simulator = await people(5);
  const { directory } = simulator;
  const [user] = simulator.truth().users;
  expect((await list(simulator, `directory=${directory}&idp_id=${user?.idp_id}`)).ids).toEqual([
    user?.id,
  ]);
  const email = encodeURIComponent(String(user?.email).toUpperCase());
  expect((await list(simulator, `directory=${directory}&email=${email}`)).ids).toEqual([user?.id]);
  const { status } = await simulator.call(`/directory_users?email=${email}`);
  expect(status).toBe(422);
});

test('groups are an empty list unless the knob says otherwise; old attributes empty on request', async () => {
  await using simulator = await people(3);
  const { directory } = simulator;
  const first = async (): Promise<Record<string, unknown>> =>
    // oxlint-disable-line typescript/no-explicit-any
    (await simulator.call(`/directory_users?directory=${directory}&limit=1`)).body.data[0];
  expect((await first())['groups']).toEqual([]);
  simulator.setKnobs({ emptyGroups: false, legacyAttributes: false });
  const user = await first();
  expect(user['groups']).toHaveLength(2);
  expect(user).toMatchObject({ raw_attributes: {}, emails: [], username: null, job_title: null });
});

test('four listings of users a second and directory, then a bare "Ratelimited"', async () => {
  const clock = movableClock();
  await using simulator = await started({ now: clock.now });
  const made = ['directory_a', 'directory_b'];
  simulator.perform(made.map((id) => ({ act: 'create-directory', id, users: 1 })));
  const statuses = async (directory: string): Promise<number[]> => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => simulator.call(`/directory_users?directory=${directory}`)),
    );
    return answers.map(({ status }) => status).toSorted((a, b) => a - b);
  };
  expect(await statuses('directory_a')).toEqual([200, 200, 200, 200, 429]);
  expect(await statuses('directory_b')).toEqual([200, 200, 200, 200, 429]);
  const refused = await simulator.call('/directory_users?directory=directory_a');
  expect(refused.body).toBe('Ratelimited');
  expect(refused.headers.get('retry-after')).toBe('1');
  clock.pass(1_000);
  expect((await simulator.call('/directory_users?directory=directory_a')).status).toBe(200);
});

test('so many requests a minute and key over all routes', async () => {
  const clock = movableClock();
  await using simulator = await started({ now: clock.now, knobs: { requestsPerMinute: 3 } });
  const status = async (key: string): Promise<number> =>
    (await simulator.call('/directories', { headers: { authorization: `Bearer ${key}` } })).status;
  expect([await status('sk_a'), await status('sk_a'), await status('sk_a')]).toEqual([
    200, 200, 200,
  ]);
  expect(await status('sk_a')).toBe(429);
  expect(await status('sk_b')).toBe(200);
  clock.pass(60_000);
  expect(await status('sk_a')).toBe(200);
});

test('failures come at the ratio the knobs ask for, and the clock of the answers is WorkOS’s', async () => {
  const clock = movableClock();
  await using simulator = await started({ now: clock.now, knobs: { tooManyRequestsRatio: 1 } });
  const tooMany = await simulator.call('/directories');
  expect([tooMany.status, tooMany.headers.get('retry-after')]).toEqual([429, '1']);
  expect(tooMany.headers.get('date')).toBe('Sun, 01 Mar 2026 12:00:00 GMT');
  expect(tooMany.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  simulator.setKnobs({ tooManyRequestsRatio: 0, serverErrorRatio: 1 });
  expect((await simulator.call('/directories')).status).toBeGreaterThanOrEqual(500);
  simulator.setKnobs({ serverErrorRatio: 0 });
  expect((await simulator.call('/directories')).status).toBe(200);
});

test('without a key that begins with sk_ there is nothing but 401', async () => {
  await using simulator = await started();
  const keys = ['', 'Bearer', 'Bearer pk_x', 'Basic sk_x'];
  const answers = await Promise.all(
    keys.map((authorization) => simulator.call('/directories', { headers: { authorization } })),
  );
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
});

test('twenty thousand people cost seconds of work, and their last page no more than the first', async () => {
  await using simulator = await started({ knobs: unlimited });
  const spent = process.cpuUsage();
  const directory = String(simulator.play('company', { people: 20_000, groups: 50 })['directory']);
  const { user, system } = process.cpuUsage(spent);
  const ids = simulator.truth().users.map(({ id }) => id);
  const first = await list(simulator, `directory=${directory}&order=asc&limit=100`);
  expect(first.ids).toEqual(ids.slice(0, 100));
  const query = `directory=${directory}&order=asc&limit=100&after=${ids[19_949]}`;
  const last = await list(simulator, query);
  expect(last).toEqual({ ids: ids.slice(19_950), before: ids[19_950], after: null });
  // Work, not time: the machine may be busy with something else.
  expect((user + system) / 1e6).toBeLessThan(15);
});
