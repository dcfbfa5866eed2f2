import { isNewer, newest, type Version } from './version.ts';

/**
 * What all observations together say about the life of a record.
 * `deletions` ascend and hold every deletion newer than `alive`; when none is newer, the last one.
 * Older ones can never matter again, so dropping them keeps the join exact.
 */
export interface Lifecycle {
  /** The newest version that shows the record alive. */
  readonly alive: Version | null;
  readonly deletions: readonly Version[];
}

/** Nothing seen yet. */
export const UNSEEN: Lifecycle = { alive: null, deletions: [] };

/** The join of two lives: commutative, associative, idempotent. */
export const joinLifecycles = (a: Lifecycle, b: Lifecycle): Lifecycle =>
  normal(newest(a.alive, b.alive), [...a.deletions, ...b.deletions]);

/** The life after one more sighting. */
export const seenAlive = (life: Lifecycle, at: Version): Lifecycle =>
  isNewer(at, life.alive) ? normal(at, life.deletions) : life;

/** The life after one more deletion; the same object when it says nothing new. */
export const seenDeleted = (life: Lifecycle, at: Version): Lifecycle => {
  const after = normal(life.alive, [...life.deletions, at]);
  return after.deletions.includes(at) && !life.deletions.includes(at) ? after : life;
};

/** Alive when the newest sighting is newer than the newest deletion. */
export const isAlive = (life: Lifecycle): boolean => isNewer(life.alive, lastDeletion(life));

/** The newest deletion ever observed, whether or not the record has returned since. */
export const lastDeletion = (life: Lifecycle): Version | null => life.deletions.at(-1) ?? null;

/** The deletion that ended the present life: the first since the record was last seen alive. */
export const firstDeletion = (life: Lifecycle): Version | null =>
  isAlive(life) ? null : (life.deletions[0] ?? null);

const normal = (alive: Version | null, deletions: readonly Version[]): Lifecycle => {
  const ascending = [...new Set(deletions)].toSorted();
  const standing = ascending.filter((at) => isNewer(at, alive));
  return { alive, deletions: standing.length > 0 ? standing : ascending.slice(-1) };
};
