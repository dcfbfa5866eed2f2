import type { PurgeLook } from '../activities/purge-due.ts';

const SHOWN = 100;

/** What a retention workflow has done and waits for, as far as the Web UI shows it. */
export interface RetentionState {
  readonly purged: number;
  /** The last who were hard-deleted, newest first. */
  readonly last: readonly string[];
}

/** The state after one more look, or after one person was purged by request. */
export const afterPurge = (
  { purged, last }: RetentionState,
  ids: readonly string[],
): RetentionState => ({
  purged: purged + ids.length,
  last: [...ids.toReversed(), ...last].slice(0, SHOWN),
});

/** What the Web UI shows of a directory's hard deletions: ids, counts and times, in Markdown. */
export const retentionDetails = (
  { purged, last }: RetentionState,
  { nextInMs, held, postponed }: Pick<PurgeLook, 'nextInMs' | 'held' | 'postponed'>,
): string =>
  [
    `${purged} hard-deleted by this run. ${
      nextInMs === null ? 'Nobody waits.' : `The next is due in ${inWords(nextInMs)}.`
    }`,
    held.count === 0 ? '' : `Due but on legal hold: ${listed(held)}.`,
    postponed.count === 0
      ? ''
      : `Due but named by an event that is not applied: ${listed(postponed)}.`,
    last.length === 0 ? '' : `Last hard-deleted: ${listed({ count: purged, ids: last })}.`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');

const listed = ({ count, ids }: PurgeLook['held']): string => {
  const shown = ids.map((id) => `\`${id}\``).join(', ');
  return count > ids.length ? `${shown} and ${count - ids.length} more` : shown;
};

const DAY_MS = 86_400_000;

/** A retention may be fractional, for trials. */
const inWords = (ms: number): string =>
  ms >= DAY_MS
    ? `${(ms / DAY_MS).toFixed(1)} days`
    : ms >= 7_200_000
      ? `${Math.round(ms / 3_600_000)} hours`
      : ms >= 120_000
        ? `${Math.round(ms / 60_000)} minutes`
        : `${Math.ceil(ms / 1000)} seconds`;
