import { expect, test } from '@jest/globals';
import { movableClock, started } from './started.ts';
import type { Started } from './started.ts';

const DAY_MS = 86_400_000;
const USERS = 'events=dsync.user.created,dsync.user.updated,dsync.user.deleted';

type Listed = { ids: string[]; names: string[]; after: string | null };

const list = async (simulator: Started, query: string): Promise<Listed> => {
  const { body } = await simulator.call(`/events?${query}`);
  const data: { id: string; event: string }[] = body.data;
  return {
    ids: data.map(({ id }) => id),
    names: data.map(({ event }) => event),
    after: body.list_metadata.after,
  };
};

test('pages are oldest first whatever order says, and the last one says after: null', async () => {
  await using simulator = await started({ scenario: 'company' });
  const first = await list(simulator, `${USERS}&limit=20&order=desc`);
  expect(first.ids).toHaveLength(20);
  expect(first.ids).toEqual(first.ids.toSorted());
  expect(first.after).toBe(first.ids[19]);
  const second = await list(simulator, `${USERS}&limit=20&after=${first.after}`);
  expect(second.after).toBeNull();
  expect(second.ids).toHaveLength(5);
  const none = await list(simulator, `${USERS}&after=${second.ids.at(-1)}`);
  expect(none).toEqual({ ids: [], names: [], after: null });
});

test('any event id is a cursor, also of another type, and names come comma-joined or repeated', async () => {
  await using simulator = await started({ scenario: 'company' });
  const [activated] = (await list(simulator, 'events=dsync.activated')).ids;
  const joined = await list(
    simulator,
    `events=dsync.user.created,dsync.group.created&limit=100&after=${activated}`,
  );
  const repeated = await list(
    simulator,
    `events[]=dsync.user.created&events[]=dsync.group.created&limit=100&after=${activated}`,
  );
  expect(joined.ids).toHaveLength(30);
  expect(repeated).toEqual(joined);
});

test('the newest events are hidden from cursor reads, and seen by range at once', async () => {
  const clock = movableClock();
  await using simulator = await started({ now: clock.now, scenario: 'company' });
  simulator.setKnobs({ visibilityLagMs: 3_000 });
  clock.pass(10_000);
  const cursor = (await list(simulator, `${USERS}&limit=100`)).ids.at(-1);
  simulator.play('leaver');
  expect((await list(simulator, `${USERS}&after=${cursor}`)).ids).toEqual([]);
  const start = new Date(clock.now()).toISOString();
  expect((await list(simulator, `${USERS}&range_start=${start}`)).names).toEqual([
    'dsync.user.deleted',
  ]);
  clock.pass(3_000);
  expect((await list(simulator, `${USERS}&after=${cursor}`)).names).toEqual(['dsync.user.deleted']);
});

test('retained for thirty days: older events and cursors are gone', async () => {
  const clock = movableClock();
  await using simulator = await started({ now: clock.now, scenario: 'company' });
  const old = (await list(simulator, USERS)).ids[0];
  clock.pass(31 * DAY_MS);
  simulator.play('joiner');
  expect((await list(simulator, USERS)).names).toEqual(['dsync.user.created']);
  const expired = await simulator.call(`/events?${USERS}&after=${old}`);
  expect([expired.status, expired.body.code]).toEqual([400, 'invalid_cursor']);
});

test('a knob expires cursors before an instant and leaves the events', async () => {
  const clock = movableClock();
  await using simulator = await started({ now: clock.now, scenario: 'company' });
  const old = (await list(simulator, USERS)).ids[0];
  clock.pass(5_000);
  const newer = simulator.play('joiner').events[0]?.id;
  simulator.setKnobs({ expireCursorsBefore: new Date(clock.now()).toISOString() });
  expect((await simulator.call(`/events?${USERS}&after=${old}`)).status).toBe(400);
  expect((await simulator.call(`/events?${USERS}&after=${newer}`)).status).toBe(200);
  expect((await list(simulator, `${USERS}&limit=100`)).ids[0]).toBe(old);
});

test.each([
  ['', 422],
  ['events=dsync.user.created,dsync.token.created', 400],
  ['events=dsync.deactivated', 400],
  [`${USERS}&after=event_none`, 400],
  [`${USERS}&range_start=yesterday`, 400],
  [`${USERS}&range_start=2026-01-02T00:00:00Z&range_end=2026-01-01T00:00:00Z`, 400],
  [`${USERS}&range_start=2026-01-01T00:00:00Z&range_end=2026-02-20T00:00:00Z`, 400],
  [`${USERS}&limit=0`, 422],
  [`${USERS}&limit=ten`, 422],
  [`${USERS}&order=newest`, 422],
  [`${USERS}&directory=x`, 400],
])('a wrong request is refused: %s', async (query, status) => {
  await using simulator = await started();
  expect((await simulator.call(`/events?${query}`)).status).toBe(status);
});

test('after and range_start exclude each other', async () => {
  await using simulator = await started({ scenario: 'company' });
  const [id] = (await list(simulator, USERS)).ids;
  const both = await simulator.call(
    `/events?${USERS}&after=${id}&range_start=2026-01-01T00:00:00Z`,
  );
  expect([both.status, both.body.message]).toEqual([
    400,
    'The parameters after and range_start exclude each other.',
  ]);
});

test('organization_id keeps one tenant’s events', async () => {
  await using simulator = await started();
  const one = simulator.play('company', { people: 3, groups: 0 });
  simulator.play('company', { people: 4, groups: 0 });
  const own = await list(simulator, `${USERS}&organization_id=${String(one['organization'])}`);
  expect(own.ids).toHaveLength(3);
});
