import { expect, test } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import { openDatabase } from '../../src/store/database.ts';
import { transact, yieldToTransactions } from '../../src/store/transact.ts';
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

test('a document that somebody else inserted first is met anew after any number of write conflicts', async () => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase('transact-storm'));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  const conflict = new MongoServerError({ message: 'conflict', code: 112 });
  conflict.addErrorLabel('TransientTransactionError');
  const duplicate = new MongoServerError({ message: 'duplicate', code: 11_000 });

  const done = transact(database, (_session, attempt) => {
    if (attempt < 8) return Promise.reject(conflict);
    return attempt === 8 ? Promise.reject(duplicate) : Promise.resolve(attempt);
  });
  await expect(done).resolves.toBe(9);

  let inserts = 0;
  const faulty = transact(database, () => {
    inserts += 1;
    return Promise.reject(duplicate);
  });
  await expect(faulty).rejects.toBe(duplicate);
  expect(inserts).toBe(8);
});

test('what may wait goes on when no transaction waits for its turn, and after a second of others that do', async () => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase('transact-yield'));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  const order: string[] = [];
  const held = Array.from({ length: database.turns.concurrency + 1 }, () =>
    Promise.withResolvers<undefined>(),
  );
  const running = held.map(({ promise }) =>
    transact(database, () => promise.then(() => order.push('transaction'))),
  );

  expect(database.turns.size).toBe(1);
  const begun = performance.now();
  await yieldToTransactions(database);
  expect(performance.now() - begun).toBeGreaterThan(900);

  const yielding = yieldToTransactions(database).then(() => order.push('other'));
  held[0]?.resolve(undefined);
  await yielding;
  expect(order).toEqual(['transaction', 'other']);
  for (const one of held) one.resolve(undefined);
  await Promise.all(running);
});
