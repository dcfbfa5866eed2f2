import type { Collection, CreateIndexesOptions, Document } from 'mongodb';
import type { Database } from './database.ts';

/** Events that wait, in the order in which a directory's are applied. */
export const PENDING_INDEX = { directoryId: 1, createdAt: 1, _id: 1 } as const;

const OWING = { partialFilterExpression: { 'sync.owesRead': true } };
const ENDING = { partialFilterExpression: { 'sync.ending': true } };
const PENDING = { partialFilterExpression: { status: 'pending' } };
const FAILED = { partialFilterExpression: { status: 'failed' } };
const DELIVERED = { partialFilterExpression: { status: 'delivered' } };

type Indexed =
  | 'users'
  | 'groups'
  | 'groupMembers'
  | 'sessions'
  | 'events'
  | 'auditLog'
  | 'outbox'
  | 'reports';

interface IndexDefinition extends Pick<CreateIndexesOptions, 'unique' | 'partialFilterExpression'> {
  readonly key: Readonly<Record<string, 1 | -1>>;
}

/**
 * Every index. Keys never change while a record lives, or the index holds only the few that wait: an
 * index on a field that every batch rewrites, or that is null for most, costs more than the batch.
 */
const INDEXES: Readonly<Record<Indexed, readonly IndexDefinition[]>> = {
  users: [
    {
      key: { directoryUserId: 1 },
      unique: true,
      partialFilterExpression: { directoryUserId: { $type: 'string' } },
    },
    { key: { directoryId: 1, _id: 1 } },
    {
      key: { directoryId: 1, hardDeleteAt: 1 },
      partialFilterExpression: { hardDeleteAt: { $type: 'date' } },
    },
    { key: { directoryId: 1, 'sync.readAt': 1 }, ...OWING },
    { key: { directoryId: 1, 'sync.ending': 1 }, ...ENDING },
    { key: { email: 1 } },
  ],
  groups: [
    { key: { directoryId: 1, _id: 1 } },
    { key: { directoryId: 1, 'sync.readAt': 1 }, ...OWING },
    { key: { directoryId: 1, 'sync.ending': 1 }, ...ENDING },
  ],
  groupMembers: [
    { key: { groupId: 1, _id: 1 } },
    { key: { directoryUserId: 1, _id: 1 } },
    { key: { directoryId: 1, _id: 1 } },
  ],
  sessions: [{ key: { userId: 1 } }],
  events: [{ key: PENDING_INDEX, ...PENDING }, { key: { receivedAt: 1 } }],
  auditLog: [{ key: { userId: 1, at: 1 } }, { key: { directoryId: 1, at: 1 } }],
  outbox: [
    { key: { kind: 1, nextAttemptAt: 1 }, ...PENDING },
    { key: { kind: 1, createdAt: 1 }, ...FAILED },
    { key: { kind: 1, deliveredAt: 1 }, ...DELIVERED },
  ],
  reports: [{ key: { directoryId: 1, generation: 1 } }, { key: { requestIds: 1 } }],
};

/** Creates collections and indexes that are missing; a second call changes nothing. */
export const ensureIndexes = async (database: Database): Promise<void> => {
  await Promise.all([
    ...indexed(database).map(([collection, wanted]) => collection.createIndexes([...wanted])),
    // Creating a collection inside a transaction takes locks; have them all beforehand.
    ...['tombstones', 'policies', 'cursors', 'directories'].map((name) =>
      database.db.createCollection(name).catch((error: { code?: number }) => {
        if (error.code !== NAMESPACE_EXISTS) throw error;
      }),
    ),
  ]);
};

/** The indexes that are not there, as collection and keys, such as `users(directoryId, _id)`. */
export const missingIndexes = async (database: Database): Promise<readonly string[]> => {
  const missing = await Promise.all(
    indexed(database).map(async ([collection, wanted]) => {
      const there = await existing(collection);
      return wanted
        .filter((one) => !there.some(({ key }) => isSameKey(key, one.key)))
        .map(({ key }) => `${collection.collectionName}(${Object.keys(key).join(', ')})`);
    }),
  );
  return missing.flat();
};

const NAMESPACE_NOT_FOUND = 26;
const NAMESPACE_EXISTS = 48;

const indexed = (
  database: Database,
): readonly (readonly [Collection, readonly IndexDefinition[]])[] =>
  (Object.entries(INDEXES) as [Indexed, readonly IndexDefinition[]][]).map(
    ([name, definitions]) => [database[name] as unknown as Collection, definitions],
  );

const existing = (collection: Collection): Promise<readonly Document[]> =>
  collection.indexes().catch((error: { code?: number }) => {
    if (error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  });

/** The order of an index's fields counts. */
const isSameKey = (one: Document, other: Document): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
