import { directoryId as directory } from '../src/domain/ids.ts';
import { nextPurge, purgeDue, type Some } from '../src/store/purge.ts';
import type { Dependencies } from './dependencies.ts';

const LEFT_MS = 60_000;

/** What one look at who is due did; ids are directory user ids. */
export interface PurgeLook {
  readonly purged: number;
  /** Who was purged; at most a hundred. */
  readonly ids: readonly string[];
  /** Due, but left: an event that is not applied may show their return. */
  readonly postponed: Some;
  /** Due, but left: on legal hold. */
  readonly held: Some;
  /** Whether more may be due now. */
  readonly more: boolean;
  /** Until the next is due; null when nobody waits. */
  readonly nextInMs: number | null;
}

/**
 * Hard-deletes the next hundred people of the directory who are due now, and says who it was, so that
 * the Web UI shows every one. A repeat finds the purged gone and goes on.
 */
export const createPurgeDue =
  ({ database, now }: Dependencies) =>
  async (input: { readonly directoryId: string }): Promise<PurgeLook> => {
    const directoryId = directory(input.directoryId);
    const { purged: ids, ...look } = await purgeDue(database, { directoryId, now: now() });
    const next = await nextPurge(database, directoryId);
    const nextInMs = next === null ? null : next.getTime() - now().getTime();
    return {
      purged: ids.length,
      ids,
      ...look,
      // Somebody is due and was left: an event about them waits, perhaps as long as a pause lasts.
      nextInMs: nextInMs !== null && nextInMs <= 0 ? LEFT_MS : nextInMs,
    };
  };
