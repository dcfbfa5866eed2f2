import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import { eventually, startProduct } from '../support/e2e-product.ts';
import { messageIds, viewOfDatabase, viewOfTruth } from '../support/e2e-synced.ts';

test('the database ends equal to the directory, whatever way, order and number of times it was told', async () => {
  await using product = await startProduct({
    name: 'whole',
    intake: 'webhook,poll',
    knobs: {},
  });
  const { database, mail } = product;
  const isSynced = async (): Promise<boolean> => {
    if ((await database.directories.findOne({}))?.syncStatus !== 'active') return false;
    if ((await database.events.findOne({ status: 'pending' })) !== null) return false;
    const truth = await product.truth();
    if ((await database.events.countDocuments({ status: 'applied' })) !== truth.events)
      return false;
    return isDeepStrictEqual(await viewOfDatabase(database), viewOfTruth(truth));
  };
  const state = async () => ({
    directory: await database.directories.findOne({}),
    events: await database.events.countDocuments({ status: 'applied' }),
    users: await database.users.countDocuments({}),
  });

  await product.play('backfill', { people: 300, groups: 15 });
  await eventually('the directory is backfilled', isSynced, { timeoutMs: 120_000, state });
  await product.setKnobs({
    webhookLossRatio: 0.5,
    webhookReorder: 40,
    webhookDuplicateRatio: 0.3,
    webhookJitterMs: 300,
  });
  await product.play('burst', { events: 500 });
  await eventually('the live events are applied', isSynced, { timeoutMs: 120_000, state });

  expect(await database.events.distinct('status')).toEqual(['applied']);
  expect((await database.events.distinct('via')).toSorted()).toEqual(['poll', 'webhook']);
  expect(await viewOfDatabase(database)).toEqual(viewOfTruth(await product.truth()));

  await eventually(
    'the outbox is delivered',
    async () => (await database.outbox.countDocuments({ status: 'pending' })) === 0,
    { timeoutMs: 30_000 },
  );
  const sent = messageIds(mail.received);
  const enabled = await database.users.find({ enabled: true, email: { $ne: null } }).toArray();
  expect(new Set(sent).size).toBe(sent.length);
  expect(sent).toEqual(
    expect.arrayContaining(enabled.map(({ _id }) => `<mail:welcome:${_id}@example.org>`)),
  );
}, 240_000);
