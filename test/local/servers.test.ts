import { expect, test } from '@jest/globals';
import { temporalConnection, testDatabase, timeSkipping } from '../support/servers.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';

test('the shared MongoDB commits a transaction over two collections', async () => {
  await using database = await testDatabase('servers');
  const { client, db } = database;
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await db.collection('a').insertOne({ n: 1 }, { session });
      await db.collection('b').insertOne({ n: 2 }, { session });
    }),
  );
  expect(await db.collection('a').countDocuments()).toBe(1);
  expect(await db.collection('b').countDocuments()).toBe(1);
});

test('a test database is gone after its test', async () => {
  const database = await testDatabase('gone');
  await database.db.collection('a').insertOne({ n: 1 });
  await database[Symbol.asyncDispose]();

  await using other = await testDatabase('other');
  const { databases } = await other.client.db('admin').admin().listDatabases({ nameOnly: true });
  expect(databases.map(({ name }) => name)).not.toContain(database.databaseName);
});

test('the shared Temporal knows the search attributes', async () => {
  await using temporal = await temporalConnection();
  const listed = await temporal.connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  expect(Object.keys(listed.customAttributes ?? {})).toEqual(
    expect.arrayContaining([...SEARCH_ATTRIBUTES]),
  );
});

test('ninety days pass in a moment on the time-skipping server', async () => {
  await using skipping = await timeSkipping();
  const before = await skipping.env.currentTimeMs();
  await skipping.env.sleep('90 days');
  expect(await skipping.env.currentTimeMs()).toBeGreaterThanOrEqual(before + 90 * 86_400_000);
});
