import { expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import {
  ensureIndexes,
  IndexRefused,
  missingIndexes,
  whyNotReady,
} from '../../src/store/indexes.ts';
import { ofPeople } from '../../src/store/of-people.ts';
import { testDatabase } from '../support/servers.ts';

const opened = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const own = stack.use(await testDatabase(name));
  const database = openDatabase(own.uri);
  stack.defer(() => database.client.close());
  const owned = stack.move();
  return { database, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

test('indexes have names of our own, and a second call adds none', async () => {
  await using stack = await opened('indexes-own');
  const { database } = stack;
  const names = async () => {
    const all = await Promise.all(
      [database.users, database.groupMembers, database.events, database.outbox].map((one) =>
        one.indexes(),
      ),
    );
    return all
      .flat()
      .map(({ name }) => String(name))
      .filter((name) => name !== '_id_');
  };
  await ensureIndexes(database);
  const once = await names();
  expect(once.length).toBeGreaterThan(10);
  expect(once.filter((name) => !name.startsWith('directory_sync_'))).toEqual([]);
  await ensureIndexes(database);
  expect(await names()).toEqual(once);
  expect(await missingIndexes(database)).toEqual([]);
});

test('people are found by directory user id without looking at anybody else', async () => {
  await using stack = await opened('indexes-people');
  const { database } = stack;
  await ensureIndexes(database);
  await database.users.insertMany(
    Array.from({ length: 20 }, (_, index) => ({
      _id: `account_${index}`,
      // Accounts that are not linked have no such id, or a null of the application's own.
      ...(index < 10 ? { directoryUserId: index < 5 ? `user_${index}` : null } : {}),
    })) as never,
  );
  const looked = async (query: object): Promise<unknown> => {
    const explained = await database.users.find(query).explain('executionStats');
    return (explained['executionStats'] as { totalDocsExamined?: unknown }).totalDocsExamined;
  };
  expect(await looked(ofPeople(['user_1', 'user_2']))).toBe(2);
  expect(await looked({ directoryUserId: 'user_3' })).toBe(1);
  const twice = { _id: 'account_x', directoryUserId: 'user_1' };
  await expect(database.users.insertOne(twice as never)).rejects.toMatchObject({ code: 11000 });
});

test('an application’s own indexes on its users and sessions keep nothing from starting', async () => {
  await using stack = await opened('indexes-application');
  const { database } = stack;
  await database.users.createIndex({ email: 1 }, { unique: true });
  await database.sessions.createIndex({ userId: 1 }, { expireAfterSeconds: 3600 });
  const before = await database.sessions.indexes();

  await ensureIndexes(database);
  await ensureIndexes(database);

  expect(await missingIndexes(database)).toEqual([]);
  expect(await database.sessions.indexes()).toEqual(before);
  const ofEmail = (await database.users.indexes()).filter(({ key }) => 'email' in key);
  // Theirs tells upper from lower case, so it does not serve ours.
  const told = ofEmail.map(({ name, unique }) => `${name}${unique === true ? ' unique' : ''}`);
  expect(told.toSorted()).toEqual(['directory_sync_email_without_case', 'email_1 unique']);
});

test.each([
  ['sparse', { unique: true, sparse: true }],
  ['partial', { unique: true, partialFilterExpression: { email: { $type: 'string' } } }],
] as const)('nor does one of them that is %s', async (kind, options) => {
  await using stack = await opened(`indexes-${kind}`);
  const { database } = stack;
  await database.users.createIndex({ email: 1 }, options);
  await ensureIndexes(database);
  expect(await missingIndexes(database)).toEqual([]);
});

test('an index that MongoDB refuses is named, with its code and no value', async () => {
  await using stack = await opened('indexes-refused');
  const { database } = stack;
  const twice = ['account_1', 'account_2'].map((_id) => ({ _id, directoryUserId: 'secret_1' }));
  await database.users.insertMany(twice as never);

  const refused = await ensureIndexes(database).catch((error: unknown) => error);

  expect(refused).toBeInstanceOf(IndexRefused);
  expect(whyNotReady(refused)).toBe(
    'MongoDB refuses the index directory_sync_directoryUserId_where_directoryUserId of users (code 11000); remove what it conflicts with.',
  );
});

test('a server that does not answer is not told as a refusal', async () => {
  const database = openDatabase('mongodb://127.0.0.1:1/', { selectionTimeoutMs: 50 });
  const away = await ensureIndexes(database).catch((error: unknown) => error);
  expect(whyNotReady(away)).toBe(
    'MongoDB cannot be reached; check MONGODB_URI and that it is a replica set.',
  );
  await database.client.close();
});

test('an index of the few hides nobody from a query of the application', async () => {
  await using stack = await opened('indexes-few');
  const { database } = stack;
  await ensureIndexes(database);
  const deleted = { hardDeleteAt: new Date(1), deletedAt: new Date(1) };
  await database.users.insertMany([
    { _id: 'in', directoryUserId: 'in', directoryId: 'd', enabled: true },
    { _id: 'out', directoryUserId: 'out', directoryId: 'd', enabled: false, ...deleted },
  ] as never[]);
  await database.groups.insertOne({ _id: 'gone', directoryId: 'd', ...deleted } as never);
  await database.events.insertOne({
    _id: 'e',
    status: 'parked',
    via: 'test',
    directoryId: 'd',
  } as never);

  const found = await Promise.all([
    database.users.distinct('_id', { enabled: false }),
    database.users.distinct('_id', { hardDeleteAt: { $lt: new Date(2) } }),
    database.users.distinct('_id', { deletedAt: { $ne: null } }),
    database.groups.distinct('_id', { deletedAt: { $lt: new Date(2) } }),
    database.events.distinct('_id', { status: 'parked' }),
    database.events.distinct('_id', { via: 'test' }),
  ]);
  expect(found).toEqual([['out'], ['out'], ['out'], ['gone'], ['e'], ['e']]);
});
