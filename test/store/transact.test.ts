import { expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import { transact } from '../../src/store/transact.ts';
import { testDatabase } from '../support/servers.ts';

test('a transaction whose document somebody else holds is given up in time, and has written nothing', async () => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase('transact'));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  const { cursors } = database;
  const updatedAt = new Date(0);
  await cursors.insertOne({ _id: 'held', after: null, updatedAt });
  const holder = database.client.startSession();
  stack.defer(() => holder.endSession());
  holder.startTransaction();
  const change = { $set: { after: 'changed' } };
  await cursors.updateOne({ _id: 'held' }, change, { session: holder });

  const begun = performance.now();
  const waiting = transact(database, async (session) => {
    await cursors.insertOne({ _id: 'beside', after: null, updatedAt }, { session });
    await cursors.updateOne({ _id: 'held' }, change, { session });
  });

  await expect(waiting).rejects.toMatchObject({ code: 'transaction-too-slow' });
  expect(performance.now() - begun).toBeLessThan(25_000);
  expect(await cursors.distinct('_id')).toEqual(['held']);
}, 60_000);
