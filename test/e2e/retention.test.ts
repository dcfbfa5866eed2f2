import { expect, test } from '@jest/globals';
import { eventually, startProduct } from '../support/e2e-product.ts';

const REASON = ['--reason', 'case-2026-117', '--actor', 'alice'];

test('B5: a leaver is purged by the timer, not while on hold, and by command at once', async () => {
  await using product = await startProduct({
    name: 'retention',
    intake: 'webhook',
    knobs: { activationEvents: false },
  });
  const { database, dsync } = product;
  // Nine seconds: long enough to set a hold, short enough to wait for.
  await database.policies.insertOne({ _id: 'default', retentionDays: 0.0001 });
  await product.play('company', { people: 8, groups: 2 });
  await eventually(
    'the directory is backfilled',
    async () => (await database.directories.findOne({}))?.syncStatus === 'active',
    { timeoutMs: 60_000 },
  );
  const { users } = await product.truth();
  const [timed = '', held = '', asked = '', stays = ''] = users.map(({ id }) => id);

  const onHold = await dsync('user', 'hold', held, ...REASON);
  expect([onHold.code, onHold.err]).toEqual([0, '']);
  for (const user of [timed, held]) await product.play('leaver', { user });
  const account = (id: string) => database.users.findOne({ directoryUserId: id });
  await eventually('the timer purges', async () => (await account(timed)) === null, {
    timeoutMs: 60_000,
    state: () => account(timed),
  });
  expect(await database.tombstones.findOne({ _id: timed })).toMatchObject({ erased: false });
  const due = await account(held);
  expect(due).toMatchObject({ enabled: false, legalHold: true });
  expect(due?.hardDeleteAt?.getTime()).toBeLessThan(Date.now());
  const shown = await dsync('user', 'show', held);
  expect(shown.out).toMatch(/Legal hold +since .* by alice \(case-2026-117\)/);

  const refused = await dsync('user', 'purge', held, ...REASON, '--yes');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('on legal hold')]);
  const released = await dsync('user', 'release', held, ...REASON);
  expect([released.code, released.out]).toEqual([0, expect.stringContaining('purged now')]);
  await eventually('the release purges', async () => (await account(held)) === null, {
    timeoutMs: 60_000,
  });

  await database.policies.updateOne({ _id: 'default' }, { $set: { retentionDays: 90 } });
  await product.play('leaver', { user: asked });
  await eventually(
    'the leaver is deleted',
    async () => (await account(asked))?.deletedAt !== null,
    {
      timeoutMs: 60_000,
    },
  );
  expect((await dsync('user', 'purge', asked, '--yes')).code).toBe(2);
  const sentence = ['--reason', 'Ada Lovelace asked for it'];
  expect((await dsync('user', 'purge', asked, ...sentence, '--yes')).code).toBe(2);
  const unasked = await dsync('user', 'purge', asked, ...REASON);
  expect([unasked.code, unasked.err]).toEqual([3, expect.stringContaining('--yes')]);
  expect(await account(asked)).not.toBeNull();
  const alive = await dsync('user', 'purge', stays, ...REASON, '--yes');
  expect([alive.code, alive.err]).toEqual([1, expect.stringContaining('is in the directory')]);

  const purged = await dsync('user', 'purge', asked, ...REASON, '--yes', '--json');
  expect([purged.code, purged.err]).toEqual([0, '']);
  expect(JSON.parse(purged.out)).toMatchObject({ user: asked, outcome: 'done', reason: null });

  const traces = await Promise.all(
    ['users', 'group_members', 'sessions', 'events'].map(async (name) =>
      (await database.db.collection(name).find().toArray()).filter((row) =>
        JSON.stringify(row).includes(asked),
      ),
    ),
  );
  expect(traces.flat()).toEqual([]);
  expect(
    await database.auditLog.findOne({ type: 'user.hard_deleted', reason: 'purge-requested' }),
  ).toMatchObject({ userId: asked, actor: 'alice', metadata: { reference: 'case-2026-117' } });
  const gone = await dsync('user', 'show', asked);
  expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('hard-deleted')]);
  expect((await database.users.distinct('directoryUserId')).toSorted()).toEqual(
    users
      .map(({ id }) => id)
      .filter((id) => ![timed, held, asked].includes(id))
      .toSorted(),
  );
}, 240_000);
