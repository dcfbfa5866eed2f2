import {
  MongoServerError,
  type Collection,
  type CreateIndexesOptions,
  type Document,
} from 'mongodb';
import type { Database } from './database.ts';

/**
 * Any time. An index of only those that have one uses these words, and a query that wants its help
 * repeats them: from `$type` no planner concludes that a time it looks for is in the index.
 */
export const ANY_TIME = { $gt: new Date(0) };

/** Events that wait, in the order in which a directory's are applied. */
export const PENDING_INDEX = { directoryId: 1, createdAt: 1, _id: 1 } as const;

/** A directory's events as they came. */
export const RECEIVED_BY_DIRECTORY_INDEX = { directoryId: 1, receivedAt: 1, _id: 1 } as const;

/** Events whose payload is kept, in the order in which the payloads expire. */
export const PAYLOADS_INDEX = { receivedAt: 1 } as const;

/** Events whose payload has a person's data: the few that a purge looks for among millions. */
export const PERSON_INDEX = { directoryUserId: 1 } as const;

/** Leavers of a directory by the day of their hard deletion. */
export const LEAVERS_INDEX = { directoryId: 1, hardDeleteAt: 1 } as const;

/** Directories whose backfill is due, and those that have one. */
export const OWED_BACKFILLS_INDEX = { 'sync.owesBackfill': 1 } as const;
export const BACKFILLS_INDEX = { 'sync.backfilling': 1 } as const;

const OWING = { partialFilterExpression: { 'sync.owesRead': true } };
const ENDING = { partialFilterExpression: { 'sync.ending': true } };
const ROLES_DUE = { partialFilterExpression: { 'sync.rolesDue': true } };
const PENDING = { partialFilterExpression: { status: 'pending' } };
const FAILED = { partialFilterExpression: { status: 'failed' } };
const DELIVERED = { partialFilterExpression: { status: 'delivered' } };
const PARKED = { partialFilterExpression: { status: 'parked' } };
const IGNORED = { partialFilterExpression: { status: 'ignored' } };
const DISABLED = { partialFilterExpression: { enabled: false } };
const DELETED = { partialFilterExpression: { deletedAt: ANY_TIME } };
const PAYLOADS = { partialFilterExpression: { payload: { $exists: true } } };
const TEST = { partialFilterExpression: { via: 'test' } };
const STATISTICS = { partialFilterExpression: { kind: 'statistics' } };

/** Those who have an id; `ofPeople` finds them. */
const NAMED = { partialFilterExpression: { directoryUserId: { $gt: '' } } };
/** How addresses are compared. A query uses the index of addresses only when it says the same. */
export const WITHOUT_CASE = { locale: 'en', strength: 2 } as const;

type Indexed =
  | 'directories'
  | 'users'
  | 'groups'
  | 'groupMembers'
  | 'sessions'
  | 'events'
  | 'auditLog'
  | 'outbox'
  | 'reports';

interface IndexDefinition extends Pick<
  CreateIndexesOptions,
  'unique' | 'partialFilterExpression' | 'collation'
> {
  readonly key: Readonly<Record<string, 1 | -1>>;
}

/**
 * Every index. Keys never change while a record lives, or the index holds only the few that wait: an
 * index on a field that every batch rewrites, or that is null for most, costs more than the batch.
 * No key but the first may be a field that the index's own condition fixes: the local server would
 * then find nothing for a query of that field alone.
 */
const INDEXES: Readonly<Record<Indexed, readonly IndexDefinition[]>> = {
  directories: [
    { key: OWED_BACKFILLS_INDEX, partialFilterExpression: { 'sync.owesBackfill': true } },
    {
      key: BACKFILLS_INDEX,
      partialFilterExpression: { 'sync.backfilling': { $type: 'number' } },
    },
  ],
  users: [
    {
      key: { directoryUserId: 1 },
      unique: true,
      ...NAMED,
    },
    // The unique one is partial, so that an application's accounts may lack the id; and a partial one does
    // not help the local server to find several people at once.
    { key: { directoryUserId: 1, _id: 1 } },
    { key: { directoryId: 1, _id: 1 } },
    {
      key: LEAVERS_INDEX,
      partialFilterExpression: { hardDeleteAt: ANY_TIME },
    },
    { key: { directoryId: 1, 'sync.readAt': 1 }, ...OWING },
    { key: { directoryId: 1 }, ...ENDING },
    { key: { email: 1 }, collation: WITHOUT_CASE },
    // The few: those with access are all the others.
    { key: { directoryId: 1 }, ...DISABLED },
  ],
  groups: [
    { key: { directoryId: 1, _id: 1 } },
    { key: { directoryId: 1, 'sync.readAt': 1 }, ...OWING },
    { key: { directoryId: 1 }, ...ENDING },
    { key: { directoryId: 1 }, ...ROLES_DUE },
    { key: { directoryId: 1, deletedAt: 1 }, ...DELETED },
    // By these a role mapping names a group.
    { key: { directoryId: 1, idpId: 1 } },
    { key: { directoryId: 1, name: 1 } },
  ],
  groupMembers: [
    { key: { groupId: 1, _id: 1 } },
    { key: { directoryUserId: 1, _id: 1 } },
    { key: { directoryId: 1, _id: 1 } },
  ],
  sessions: [{ key: { userId: 1 } }],
  events: [
    { key: PENDING_INDEX, ...PENDING },
    // Counted and listed where they stand. The keys differ: a server may refuse two indexes of the same.
    { key: { status: 1, directoryId: 1, receivedAt: 1, _id: 1, type: 1, via: 1 }, ...PARKED },
    { key: { status: 1, directoryId: 1, receivedAt: 1, type: 1, via: 1 }, ...IGNORED },
    { key: { receivedAt: 1, _id: 1 } },
    { key: RECEIVED_BY_DIRECTORY_INDEX },
    { key: PAYLOADS_INDEX, ...PAYLOADS },
    { key: { via: 1, receivedAt: 1 }, ...TEST },
    { key: PERSON_INDEX, ...NAMED },
  ],
  auditLog: [
    { key: { userId: 1, at: 1 } },
    // The changes of a directory are counted in it, without a look at the entries.
    { key: { directoryId: 1, at: 1, type: 1 } },
  ],
  outbox: [
    { key: { kind: 1, nextAttemptAt: 1 }, ...PENDING },
    { key: { kind: 1, createdAt: 1 }, ...FAILED },
    { key: { kind: 1, deliveredAt: 1 }, ...DELIVERED },
  ],
  reports: [
    { key: { directoryId: 1, generation: 1 } },
    { key: { requestIds: 1 } },
    { key: { day: 1, directoryId: 1 }, ...STATISTICS },
  ],
};

/**
 * Creates collections and indexes that are missing; a second call changes nothing. An index that the
 * application has already is used where it serves as well as ours. Throws IndexRefused when MongoDB
 * refuses one.
 */
export const ensureIndexes = async (database: Database): Promise<void> => {
  await Promise.all([
    ...indexed(database).map(async ([collection, wanted]) => {
      const there = await existing(collection);
      const missing = wanted.filter((one) => !there.some((other) => serves(other, one)));
      for (const one of missing)
        // oxlint-disable-next-line no-await-in-loop -- a collection builds one index at a time
        await create(collection, there, one);
    }),
    // Creating a collection inside a transaction takes locks; have them all beforehand.
    ...['tombstones', 'policies', 'cursors'].map((name) =>
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
        .filter((one) => !there.some((other) => serves(other, one) || standsIn(other, one)))
        .map(({ key }) => `${collection.collectionName}(${Object.keys(key).join(', ')})`);
    }),
  );
  return missing.flat();
};

/** MongoDB will not create an index; its message names the index and MongoDB's own code only. */
export class IndexRefused extends Error {
  override readonly name = 'IndexRefused';
  readonly code = 'index-refused';
}

/** Why the database is not ready, from what `ensureIndexes` threw: a sentence without data. */
export const whyNotReady = (error: unknown): string => {
  if (error instanceof IndexRefused) return error.message;
  if (error instanceof MongoServerError)
    return `MongoDB refused to prepare the database (code ${error.code}); give the user of MONGODB_URI readWrite.`;
  return 'MongoDB cannot be reached; check MONGODB_URI and that it is a replica set.';
};

const NAMESPACE_NOT_FOUND = 26;
const NAMESPACE_EXISTS = 48;
const INDEX_CONFLICTS = new Set<unknown>([85, 86]);

const create = async (
  collection: Collection,
  there: readonly Document[],
  { key, ...options }: IndexDefinition,
): Promise<void> => {
  const name = nameOf({ key, ...options });
  try {
    // Ours of an earlier version, by its name; whoever needs it waits until it is there again.
    if (there.some((other) => other['name'] === name)) await collection.dropIndex(name);
    await collection.createIndex(key, { ...options, name });
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    const conflicts = INDEX_CONFLICTS.has(error.code);
    if (conflicts && there.some((other) => standsIn(other, { key, ...options }))) return;
    throw new IndexRefused(
      `MongoDB refuses the index ${name} of ${collection.collectionName} (code ${error.code}); remove what it conflicts with.`,
      { cause: error },
    );
  }
};

/** The application may have an index on the same key, under the name that MongoDB gives by itself. */
const nameOf = ({ key, partialFilterExpression, collation }: IndexDefinition): string =>
  [
    'directory_sync',
    ...Object.keys(key),
    ...(collation === undefined ? [] : ['without_case']),
    ...(partialFilterExpression === undefined
      ? []
      : ['where', ...Object.keys(partialFilterExpression)]),
  ].join('_');

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

/** Whether an index answers what `wanted` is for: the same key, and no document less. */
const serves = (there: Document, wanted: IndexDefinition): boolean =>
  isSame(there['key'], wanted.key) &&
  (there['partialFilterExpression'] === undefined ||
    isSame(there['partialFilterExpression'], wanted.partialFilterExpression)) &&
  there['sparse'] !== true &&
  there['hidden'] !== true &&
  isSameCollation(there['collation'], wanted.collation) &&
  (wanted.unique !== true || there['unique'] === true);

/** Whether an index may do for `wanted` where a server takes no second one on the same key. */
const standsIn = (there: Document, wanted: IndexDefinition): boolean =>
  isSame(there['key'], wanted.key) && wanted.unique !== true && there['hidden'] !== true;

/** A server tells a collation with all of its defaults. */
const isSameCollation = (
  there: Document | undefined,
  wanted: IndexDefinition['collation'],
): boolean => there?.['locale'] === wanted?.locale && there?.['strength'] === wanted?.strength;

/** The order of an index's fields counts. */
const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
