import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startProduct, type Product } from '../support/e2e-product.ts';

/** One product for the whole file: each test leaves the directory active, as it found it. */
let product: Product;
let directory: string;

const ANSI = '\u001B';
const json = async (...args: readonly string[]) => {
  const { code, out, err } = await product.dsync(...args, '--json');
  return { code, err, data: out === '' ? null : (JSON.parse(out) as unknown) };
};
const directoryNow = () => product.database.directories.findOne({ _id: directory });
const isActive = async () => {
  const found = await directoryNow();
  const waits = await product.database.events.findOne({ status: 'pending' });
  return found?.syncStatus === 'active' && !found.sync.owesBackfill && waits === null;
};
const settle = (what: string) =>
  eventually(what, isActive, { timeoutMs: 60_000, state: directoryNow });
/** A resync begins some time after it is asked for: until then the directory is active all the same. */
const settleResync = async (requested: unknown): Promise<void> => {
  const { requestId } = requested as { readonly requestId: string };
  const done = { requestIds: requestId, outcome: 'done' } as const;
  await eventually(
    'the resync has ended',
    async () => (await product.database.reports.findOne(done)) !== null,
    { timeoutMs: 60_000 },
  );
  await settle('the directory is active again');
};
const somebody = async () => {
  const found = await product.database.users.findOne({ enabled: true }, { sort: { _id: 1 } });
  return String(found?._id);
};
const isEnabled = async (id: string) =>
  (await product.database.users.findOne({ _id: id }))?.enabled === true;

beforeAll(async () => {
  product = await startProduct({ name: 'commands', intake: 'webhook,poll', knobs: {} });
  await product.play('company', { people: 12, groups: 3 });
  await eventually(
    'the directory is known',
    async () => (await product.database.directories.findOne({})) !== null,
    { timeoutMs: 60_000 },
  );
  directory = String((await product.database.directories.findOne({}))?._id);
  await settle('the directory is backfilled');
}, 180_000);

afterAll(async () => {
  await product[Symbol.asyncDispose]();
}, 60_000);

test('status shows the directory in a line, and more of it with its workflow', async () => {
  const all = await product.dsync('status');
  expect([all.code, all.err]).toEqual([0, '']);
  expect(all.out).toMatch(/^directory +state +sync +people +groups +pending/);
  expect(all.out).toMatch(new RegExp(`^${directory} +linked +active +12/12 +3 +0 +- `, 'm'));
  expect(all.out).not.toContain(ANSI);

  const one = await product.dsync('status', directory);
  expect([one.code, one.err]).toEqual([0, '']);
  expect(one.out).toMatch(/^People +12 enabled of 12$/m);
  expect(one.out).toMatch(/^Workflow +\d+ events settled, idle$/m);

  const whole = { id: directory, syncStatus: 'active', enabled: 12, people: 12, groups: 3 };
  expect(await json('status')).toMatchObject({ code: 0, err: '', data: [whole] });
  expect(await json('status', directory)).toMatchObject({
    code: 0,
    err: '',
    data: { ...whole, pending: 0, parked: 0, workflow: { syncStatus: 'active', backfill: null } },
  });
}, 60_000);

test('group show lists the people whom WorkOS has in the group', async () => {
  const { memberships } = await product.truth();
  const group = String(memberships[0]?.group);
  const members = memberships.filter((one) => one.group === group).map(({ user }) => user);

  const shown = await product.dsync('group', 'show', group);
  expect([shown.code, shown.err]).toEqual([0, '']);
  expect(shown.out).toMatch(new RegExp(`^Members +${members.length}$`, 'm'));
  for (const id of members) expect(shown.out).toMatch(new RegExp(`^${id} .* enabled$`, 'm'));

  expect(await json('group', 'show', group)).toMatchObject({
    code: 0,
    data: {
      _id: group,
      memberCount: members.length,
      members: members.toSorted().map((directoryUserId) => ({ directoryUserId, enabled: true })),
    },
  });
  expect(await product.dsync('group', 'show', 'directory_group_nobody')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('directory_group_nobody'),
  });
}, 60_000);

test('events list shows the inbox, newest first and filtered, and never a payload', async () => {
  const { events } = await product.truth();
  const ids = async (filter: object) =>
    (await product.database.events.find(filter).sort({ receivedAt: -1, _id: -1 }).toArray()).map(
      ({ _id }) => _id,
    );

  const some = await product.dsync('events', 'list', '--limit', '2');
  expect([some.code, some.err]).toEqual([0, '']);
  expect(some.out).toMatch(/^received +id +type +directory +via +status +error$/m);
  expect(some.out.trim().split('\n')).toHaveLength(3);

  const filter = ['--type', 'dsync.user.created', '--status', 'applied', '--directory', directory];
  const all = await json('events', 'list', ...filter);
  expect(all).toMatchObject({ code: 0, err: '' });
  const found = all.data as readonly { readonly id: string }[];
  expect(found.map(({ id }) => id)).toEqual(await ids({ type: 'dsync.user.created' }));
  expect(found.length).toBeLessThan(events);
  expect(found.filter((event) => 'payload' in event)).toEqual([]);

  const none = await product.dsync('events', 'list', '--status', 'parked');
  expect([none.code, none.out]).toEqual([0, 'No such event.\n']);
}, 60_000);

const deletionOf = (user: string) => ['send-test-event', 'dsync.user.deleted', '--user', user];

test('send-test-event is applied like a real one, and asks before it takes access away', async () => {
  const status = async (id: string) =>
    (await product.database.events.findOne({ _id: id }))?.status ?? 'missing';
  const sent = await json('send-test-event', 'dsync.user.created', '--directory', directory);
  expect(sent).toMatchObject({ code: 0, err: '', data: { type: 'dsync.user.created', directory } });
  const { id, user } = sent.data as { readonly id: string; readonly user: string };
  await eventually('the test event is applied', async () => (await status(id)) === 'applied', {
    timeoutMs: 30_000,
  });
  expect(await isEnabled(user)).toBe(true);

  // A person of the directory is real; the one that a test event made is not, and nobody is asked.
  const real = await product.database.users.findOne({ enabled: true, _id: { $ne: user } });
  const asked = await product.dsync(...deletionOf(real?.directoryUserId ?? ''));
  expect([asked.code, asked.out]).toEqual([3, '']);
  expect(asked.err).toContain('--yes');
  expect(await product.database.events.countDocuments({ via: 'test' })).toBe(1);

  const deleted = await product.dsync(...deletionOf(user));
  expect([deleted.code, deleted.err]).toEqual([0, '']);
  expect(deleted.out).toMatch(/^The server stored event_test_\w+;/);
  await eventually('the test person is out', async () => !(await isEnabled(user)), {
    timeoutMs: 30_000,
  });
}, 120_000);

test('resync --wait follows a whole read to its end, and repairs what no event told', async () => {
  const { memberships } = await product.truth();
  const [lost] = memberships;
  await product.database.groupMembers.deleteOne({ _id: `${lost?.group}:${lost?.user}` });

  const told = await product.dsync('resync', directory, '--wait');
  expect([told.code, told.err]).toEqual([0, '']);
  expect(told.out).toMatch(/^The resync of directory_\w+ is done: 12 people, 3 groups, \d+ memb/);
  expect(await product.database.groupMembers.countDocuments({ removedAt: null })).toBe(
    memberships.length,
  );

  expect(await json('resync', directory, '--wait')).toMatchObject({
    code: 0,
    err: '',
    data: {
      directory,
      outcome: 'done',
      reason: null,
      counts: { phase: 'done', users: 12, groups: 3, memberships: memberships.length, absent: 0 },
    },
  });
  const requested = await json('resync', directory);
  expect(requested).toMatchObject({ code: 0, data: { directory, outcome: 'requested' } });
  await settleResync(requested.data);
}, 120_000);

test('pause lets events wait, and resume lets them go on at the oldest', async () => {
  const paused = await product.dsync('pause', directory);
  expect([paused.code, paused.err]).toEqual([0, '']);
  expect(paused.out).toContain(`is paused: its events wait until \`dsync resume ${directory}\``);
  expect(await json('pause', directory)).toEqual({
    code: 0,
    err: '',
    data: { directory, syncStatus: 'paused' },
  });

  const leaver = await somebody();
  await product.play('leaver', { user: leaver });
  await eventually(
    'the leaver’s event waits',
    async () => (await product.database.events.findOne({ status: 'pending' })) !== null,
    { timeoutMs: 30_000 },
  );
  expect(await json('status', directory)).toMatchObject({
    data: { syncStatus: 'paused', pending: 1, enabled: 12 },
  });
  const waiting = await json('resync', directory, '--wait');
  expect(waiting).toMatchObject({ code: 3, data: { outcome: 'waiting', reason: 'paused' } });
  expect(await isEnabled(leaver)).toBe(true);

  const resumed = await product.dsync('resume', directory);
  expect([resumed.code, resumed.err]).toEqual([0, '']);
  expect(resumed.out).toContain('is no longer paused; its sync status is active');
  await eventually('the leaver is out', async () => !(await isEnabled(leaver)), {
    timeoutMs: 30_000,
  });
  expect(await json('resume', directory)).toMatchObject({
    code: 0,
    data: { directory, ended: [], syncStatus: expect.stringMatching(/^(active|backfilling)$/) },
  });
  await settleResync(waiting.data);
}, 120_000);

test('resume ends a pause and a freeze at once, and says so', async () => {
  const sent = await product.dsync(
    'send-test-event',
    'dsync.deleted',
    '--directory',
    directory,
    '--yes',
  );
  expect([sent.code, sent.err]).toEqual([0, '']);
  const isFrozen = async () => (await directoryNow())?.syncStatus === 'frozen';
  await eventually('the directory is frozen', isFrozen, { timeoutMs: 30_000, state: directoryNow });
  const enabled = await product.database.users.countDocuments({ enabled: true });
  expect(await json('status')).toMatchObject({
    data: [{ state: 'deleted', syncStatus: 'frozen', attention: 'directory-deleted', enabled }],
  });
  const leaver = await somebody();
  await product.play('leaver', { user: leaver });
  expect(await json('pause', directory)).toMatchObject({ data: { syncStatus: 'paused' } });

  const resumed = await product.dsync('resume', directory);
  expect([resumed.code, resumed.err]).toEqual([0, '']);
  expect(resumed.out).toContain('is no longer paused and frozen; its sync status is active');
  expect(resumed.out).toContain('WorkOS has deleted it: its people keep their access');
  await eventually('the leaver is out', async () => !(await isEnabled(leaver)), {
    timeoutMs: 30_000,
  });
}, 120_000);

test('a command that needs a worker says in time that none answers', async () => {
  await product.worker.kill();
  try {
    const refused = await product.dsync('pause', directory);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toBe(
      'No answer came from Temporal or a worker in time; are both running? `dsync doctor` checks everything.\n',
    );
    expect(await json('status', directory)).toMatchObject({ code: 0, data: { workflow: null } });
  } finally {
    await product.worker.start();
  }
}, 120_000);
