import { isHalted, type SyncStatus } from './directory.ts';

/** What a directory owes besides its events, as it stands in the database. */
export interface Owed {
  readonly syncStatus: SyncStatus;
  /** A complete backfill is due. */
  readonly backfill: boolean;
  /** The generation of the backfill under way. */
  readonly backfilling: number | null;
  /** Milliseconds until a read of memberships is due; null when none is owed. */
  readonly readInMs: number | null;
  readonly deprovision: boolean;
  readonly endings: boolean;
  readonly derivations: boolean;
  /** Epoch milliseconds of the next hard deletion. */
  readonly nextPurge: number | null;
}

/** What the directory's workflow has in hand. */
export interface UnderWay {
  /** The backfill that runs, by generation. */
  readonly running: number | null;
  /** The newest generation that said that it ended. */
  readonly ended: number;
  /** An operator asked for a backfill. */
  readonly wanted: boolean;
  /** The last backfill failed, and its wait is not over. */
  readonly refused: boolean;
  readonly paying: boolean;
  readonly refreshing: boolean;
  /** A chunk is being done. */
  readonly chunking: boolean;
  /** The hard deletion that the timer was last armed for, and when it was; epoch milliseconds. */
  readonly armed: number | null;
  readonly armedAt: number;
  readonly now: number;
}

/** A timer that has not fired for so long after its day is gone: somebody terminated it. */
const FORGOTTEN_MS = 3_600_000;

/** What the workflow does next, beside the live events. */
export interface Chores {
  /** Have the retention timer look again. */
  readonly arm: boolean;
  /** Begin a backfill, or start the one that nobody runs any more. */
  readonly backfill: 'begin' | 'resume' | null;
  readonly payReads: boolean;
  readonly refresh: boolean;
  /** One more chunk of work beside the live events; the next follows when it is done. */
  readonly chunk: 'deprovision' | 'end-memberships' | 'derive' | null;
}

/** Decides from what is owed and what is in hand; the same answer to the same question. */
export const nextChores = (owed: Owed, under: UnderWay): Chores => {
  // A deleted directory may answer with nothing, from which nothing may be concluded.
  const halted = isHalted(owed.syncStatus);
  return {
    arm:
      owed.nextPurge !== null && (owed.nextPurge !== under.armed || isGone(owed.nextPurge, under)),
    backfill: halted || under.running !== null ? null : nextBackfill(owed, under),
    payReads: owed.readInMs === 0 && !under.paying && !halted,
    refresh: !under.refreshing && !halted,
    chunk: under.chunking ? null : nextChunk(owed),
  };
};

const isGone = (nextPurge: number, { armedAt, now }: UnderWay): boolean =>
  Math.max(nextPurge, armedAt) + FORGOTTEN_MS < now;

const nextChunk = (owed: Owed): Chores['chunk'] => {
  if (owed.deprovision) return 'deprovision';
  if (owed.endings) return 'end-memberships';
  return owed.derivations ? 'derive' : null;
};

const nextBackfill = (owed: Owed, under: UnderWay): Chores['backfill'] => {
  if (under.wanted) return 'begin';
  if (under.refused) return null;
  // What is owed was read before the backfill said that it ended.
  if (owed.backfilling !== null && owed.backfilling > under.ended) return 'resume';
  return owed.backfill ? 'begin' : null;
};
