import { directoryId as directory } from '../src/domain/ids.ts';
import { nextPurge, purgeDue } from '../src/store/purge.ts';
import type { Dependencies } from './dependencies.ts';

const LEFT_MS = 60_000;

/**
 * Hard-deletes everybody of the directory who is due now and says how long until the next is: null
 * when nobody waits. A repeat finds the purged gone and goes on.
 */
export const createPurgeDue =
  ({ database, now }: Dependencies) =>
  async (input: {
    readonly directoryId: string;
  }): Promise<{ readonly purged: number; readonly nextInMs: number | null }> => {
    const id = directory(input.directoryId);
    let purged = 0;
    let chunk = 0;
    do {
      chunk = await purgeDue(database, { directoryId: id, now: now() });
      purged += chunk;
    } while (chunk > 0);
    const next = await nextPurge(database, id);
    const nextInMs = next === null ? null : next.getTime() - now().getTime();
    // Somebody is due and was left: an event about them waits, perhaps as long as a pause lasts.
    return { purged, nextInMs: nextInMs !== null && nextInMs <= 0 ? LEFT_MS : nextInMs };
  };
