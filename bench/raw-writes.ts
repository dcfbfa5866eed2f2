import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { openDatabase, type Database } from '../src/store/database.ts';
import { ensureIndexes } from '../src/store/indexes.ts';

/** A document of any shape with a text id. */
interface Row {
  readonly _id: string;
  readonly directoryId: string;
}

/** What the application of events left, by collection. */
export interface Result {
  readonly users: readonly Row[];
  readonly groups: readonly Row[];
  readonly groupMembers: readonly Row[];
}

const BATCH = 500;

/** Reads the people, groups and memberships as they are stored, deleted ones included. */
export const readResult = async (database: Database): Promise<Result> => ({
  users: await database.users.find().toArray(),
  groups: await database.groups.find().toArray(),
  groupMembers: await database.groupMembers.find().toArray(),
});

/**
 * Writes the same documents to an empty database of the same server by unordered bulk upserts of
 * 500, one stream per directory, all at once. Answers the milliseconds it took; `indexes` are the
 * product's own, or only that of `_id`.
 */
export const writeRaw = async (
  mongodbUri: string,
  {
    result,
    indexes,
    database: name,
  }: {
    readonly result: Result;
    readonly indexes: 'product' | 'none';
    readonly database: string;
  },
): Promise<number> => {
  const url = new URL(mongodbUri);
  url.pathname = `/${name}`;
  const database = openDatabase(url.href);
  try {
    await database.client.connect();
    if (indexes === 'product') await ensureIndexes(database);
    else
      await Promise.all(
        ['users', 'groups', 'group_members'].map((one) => database.db.createCollection(one)),
      );
    const streams = Object.values(
      Object.groupBy(batches(database, result), ({ directoryId }) => directoryId),
    ).map((stream) => stream ?? []);
    const from = performance.now();
    await Promise.all(
      streams.map(async (stream) => {
        for (const { collection, writes } of stream) {
          // oxlint-disable-next-line no-await-in-loop -- one batch of a stream after another
          await collection.bulkWrite(writes, { ordered: false });
        }
      }),
    );
    const took = performance.now() - from;
    await database.db.dropDatabase();
    return took;
  } finally {
    await database.client.close();
  }
};

interface RawBatch {
  readonly directoryId: string;
  readonly collection: Collection<Row>;
  readonly writes: AnyBulkWriteOperation<Row>[];
}

const batches = (database: Database, result: Result): RawBatch[] => {
  const pairs = [
    ['users', result.users],
    ['groups', result.groups],
    ['group_members', result.groupMembers],
  ] as const;
  return pairs.flatMap(([name, rows]) =>
    Object.entries(Object.groupBy(rows, (row) => row.directoryId)).flatMap(
      ([directoryId, own = []]) =>
        Array.from({ length: Math.ceil(own.length / BATCH) }, (_, index): RawBatch => ({
          directoryId,
          collection: database.db.collection<Row>(name),
          writes: own.slice(index * BATCH, (index + 1) * BATCH).map(({ _id, ...rest }) => ({
            updateOne: { filter: { _id }, update: { $set: rest }, upsert: true },
          })),
        })),
    ),
  );
};
