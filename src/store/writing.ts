import type { ClientSession } from 'mongodb';
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

/** Documents of one bulk write do not depend on one another. */
export const UNORDERED = { ordered: false } as const;
