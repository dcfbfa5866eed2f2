import { objectIn } from '../domain/json-object.ts';
import { inventedBeside, inventedKind } from '../domain/test-ids.ts';
import type { Database } from './database.ts';
import type { EventDocument } from './documents.ts';

/** Test events that share what they invented, with all of it, and the real records that they name. */
export interface TestTraces {
  readonly events: readonly string[];
  /** When the first of them was received. */
  readonly since: Date;
  /** Invented ids; not each of them became a record. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly directories: readonly string[];
  /** The real directories in which they were told. */
  readonly told: readonly string[];
  /** Real people, groups and directories that somebody named; removing a test event undoes nothing there. */
  readonly named: readonly string[];
}

type Row = Pick<EventDocument, '_id' | 'directoryId' | 'type' | 'receivedAt' | 'payload'>;

/**
 * All test events, those in one item that name the same invented record. Removing one item leaves
 * no other test event without what it is about.
 */
export const findTestTraces = async ({
  events,
}: Pick<Database, 'events'>): Promise<readonly TestTraces[]> => {
  const rows = await events
    .find<Row>(
      { via: 'test' },
      {
        projection: {
          directoryId: 1,
          type: 1,
          receivedAt: 1,
          'payload.data.id': 1,
          'payload.data.directory_id': 1,
          'payload.data.user.id': 1,
          'payload.data.group.id': 1,
        },
      },
    )
    .sort({ receivedAt: 1 })
    .toArray();
  return joined(rows.map(readRow)).map(tracesOf);
};

interface Told {
  readonly row: Row;
  /** Ids that test events made up; those beside the event's own need not have become records. */
  readonly invented: readonly string[];
  readonly named: readonly string[];
}

const readRow = (row: Row): Told => {
  const data = objectIn(row.payload?.['data']);
  const ids = [
    // A token is no record of ours.
    ...(row.type.startsWith('dsync.token.') ? [] : [data['id']]),
    objectIn(data['user'])['id'],
    objectIn(data['group'])['id'],
  ].filter((id) => typeof id === 'string');
  // A payload that has expired leaves what was made up beside the event.
  const { user, group, directory } = inventedBeside(row._id);
  const made = [...ids, row.directoryId ?? '', user, group, directory];
  return {
    row,
    invented: [...new Set(made.filter((id) => inventedKind(id) !== null))],
    named: ids.filter((id) => inventedKind(id) === null),
  };
};

/** Puts together what shares an invented record. */
const joined = (all: readonly Told[]): readonly (readonly Told[])[] => {
  const parts = new Set<readonly Told[]>();
  const partOf = new Map<string, readonly Told[]>();
  for (const told of all) {
    const meeting = new Set(told.invented.flatMap((id) => asList(partOf.get(id))));
    const part = [...[...meeting].flat(), told];
    for (const other of meeting) parts.delete(other);
    parts.add(part);
    for (const { invented } of part) for (const id of invented) partOf.set(id, part);
  }
  return [...parts];
};

const asList = <Value>(value: Value | undefined): readonly Value[] =>
  value === undefined ? [] : [value];

const tracesOf = (part: readonly Told[]): TestTraces => {
  const invented = [...new Set(part.flatMap((one) => one.invented))];
  const ofKind = (kind: ReturnType<typeof inventedKind>): readonly string[] =>
    invented.filter((id) => inventedKind(id) === kind);
  const directories = new Set(part.flatMap(({ row }) => asList(row.directoryId ?? undefined)));
  return {
    events: part.map(({ row }) => row._id),
    since: part[0]?.row.receivedAt ?? new Date(0),
    users: ofKind('user'),
    groups: ofKind('group'),
    directories: ofKind('directory'),
    told: [...directories].filter((id) => inventedKind(id) === null),
    named: [...new Set(part.flatMap((one) => one.named))],
  };
};
