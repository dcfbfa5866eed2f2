import type { AnyBulkWriteOperation, ClientSession } from 'mongodb';
import type { BatchState } from '../domain/batch-state.ts';
import type { Database } from './database.ts';

/** The transaction in which something is written, and when. */
export interface Writing {
  readonly database: Database;
  readonly session: ClientSession;
  readonly now: Date;
  /** Counts from 0. A repeated attempt must tolerate effects that are already there. */
  readonly attempt: number;
}

/** The transaction in which a batch is written, and what was known before it. */
export interface BatchWriting extends Writing {
  readonly state: BatchState;
}

/** Documents of one bulk write, all of one kind, do not depend on one another. */
export const UNORDERED = { ordered: false } as const;

/** For a bulk write in a transaction whose writes `byKind` has sorted. */
export const ORDERED = { ordered: true } as const;

/**
 * Writes of several kinds to different documents, sorted so that an ordered bulk write sends each kind
 * at once and stops at the first refusal. An unordered one goes on with the next kind, in a transaction
 * that the server has ended by then: its answer hides the refusal, and sounds as if a retry helped.
 */
export const byKind = <Document extends object>(
  writes: readonly AnyBulkWriteOperation<Document>[],
): AnyBulkWriteOperation<Document>[] =>
  writes.toSorted((a, b) => (kindOf(a) < kindOf(b) ? -1 : kindOf(a) > kindOf(b) ? 1 : 0));

const kindOf = (write: object): string => Object.keys(write)[0] ?? '';
