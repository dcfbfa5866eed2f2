import { expect, test } from '@jest/globals';
import { TEST_EVENT_TYPES } from '../../src/commands/invent-event.ts';
import { inventedKind } from '../../src/domain/test-ids.ts';
import { eventually, startProduct } from '../support/e2e-product.ts';
import { viewOfDatabase } from '../support/e2e-synced.ts';

test('E4: all twelve test events pass the running product, and are removed without a trace', async () => {
  await using product = await startProduct({ name: 'test-events', intake: 'webhook', knobs: {} });
  const { database, dsync } = product;
  await product.play('backfill', { people: 8, groups: 2 });
  await eventually(
    'the directory is backfilled',
    async () => (await database.directories.findOne({}))?.syncStatus === 'active',
    { timeoutMs: 120_000, everyMs: 500 },
  );
  const [before, audited, sent] = await Promise.all([
    viewOfDatabase(database),
    database.auditLog.distinct('_id', {}),
    database.outbox.distinct('_id', {}),
  ]);

  for (const type of TEST_EVENT_TYPES) {
    const { code, err } = await dsync('send-test-event', type);
    expect([type, code, err]).toEqual([type, 0, '']);
  }
  const sentOnes = { via: 'test' } as const;
  const settled = async () =>
    (await database.events.countDocuments({
      ...sentOnes,
      status: { $in: ['applied', 'ignored'] },
    })) === TEST_EVENT_TYPES.length;
  const unlinked = async () =>
    (await database.directories.countDocuments({ state: 'unlinked' })) > 0;
  await eventually('they are settled', settled, { timeoutMs: 120_000, everyMs: 500 });
  await eventually('WorkOS does not know the directory', unlinked, { timeoutMs: 120_000 });
  expect((await viewOfDatabase(database)).users.length).toBeGreaterThan(before.users.length);

  const asked = await dsync('send-test-event', '--remove', '--all');
  expect([asked.code, await database.events.countDocuments(sentOnes)]).toEqual([3, 12]);
  const removed = await dsync('send-test-event', '--remove', '--all', '--yes', '--json');
  expect([removed.code, removed.err]).toEqual([0, '']);
  expect(JSON.parse(removed.out)).toMatchObject({
    events: 12,
    directories: 2,
    kept: [],
    named: [],
  });

  expect(await viewOfDatabase(database)).toEqual(before);
  expect(await database.auditLog.distinct('_id', {})).toEqual(audited);
  expect(await database.outbox.distinct('_id', {})).toEqual(sent);
  expect(await database.tombstones.countDocuments()).toBe(0);
  const directories = await database.directories.distinct('_id', {});
  expect(directories.filter((id) => inventedKind(id) !== null)).toEqual([]);
  expect((await dsync('status')).out).not.toContain('_test_');

  // Events go on, and what was removed does not come back.
  await product.play('leaver');
  await eventually(
    'the leaver is out',
    async () => (await database.users.countDocuments({ enabled: false })) > 0,
    { timeoutMs: 60_000, everyMs: 300 },
  );
  expect(await database.directories.distinct('_id', {})).toEqual(directories);
}, 400_000);
