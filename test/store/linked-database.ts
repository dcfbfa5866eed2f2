import type { Told } from '../../src/domain/told.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import type { UserDocument } from '../../src/store/documents.ts';
import { DIRECTORY } from '../domain/observations.ts';
import { testDatabase } from '../support/servers.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');

/** A database that an application used before the engine came. */
export const openLinked = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  const owned = stack.move();
  return {
    uri,
    database,
    tell: (...told: readonly Told[]) =>
      applyBatch(database, { directoryId: DIRECTORY, told, now: NOW }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

/** Stores accounts as an application makes them: with fields of its own, and none of the engine's. */
export const insertAccounts = (
  database: Database,
  ...accounts: readonly ({ readonly _id: string } & Readonly<Record<string, unknown>>)[]
) => database.users.insertMany(accounts as unknown as UserDocument[]);

/** The database with a count of what is asked of its collections: each call is a round trip. */
export const counted = (database: Database) => {
  const calls: string[] = [];
  const watch = <Kind extends object>(collection: Kind, name: string): Kind =>
    new Proxy(collection, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          calls.push(`${name}.${String(key)}`);
          return Reflect.apply(member, target, args);
        };
      },
    });
  const { users, tombstones, groupMembers, sessions, outbox, auditLog } = database;
  return {
    calls,
    database: {
      ...database,
      users: watch(users, 'users'),
      tombstones: watch(tombstones, 'tombstones'),
      groupMembers: watch(groupMembers, 'groupMembers'),
      sessions: watch(sessions, 'sessions'),
      outbox: watch(outbox, 'outbox'),
      auditLog: watch(auditLog, 'auditLog'),
    },
  };
};
