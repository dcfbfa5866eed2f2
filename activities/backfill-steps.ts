import { directoryId as directory } from '../src/domain/ids.ts';
import { fenceOf } from '../src/domain/fence.ts';
import type { Version } from '../src/domain/version.ts';
import * as backfills from '../src/store/backfills.ts';
import { endBackfill } from '../src/store/end-backfill.ts';
import { recordDirectory } from '../src/store/record-directory.ts';
import { shownConnection } from '../src/workos/read-connection.ts';
import { countsOf, directoryContent, type DirectoryCounts } from '../src/workos/read-content.ts';
import type { BackfillProgress } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { listingRefused } from './failures.ts';

interface OfBackfill {
  readonly directoryId: string;
  readonly generation: number;
}

/** What is known when a backfill starts. */
export interface OpenedBackfill {
  /** The moment that every row of it was true. */
  readonly fence: Version;
  /** What the directory says that it has. */
  readonly counts: DirectoryCounts;
}

/**
 * The activities around a backfill's listings: begin, open, report, end. `caller` names the running
 * activity, alike in each of its attempts.
 */
export const createBackfillSteps = (
  { database, listings, now, wake }: Dependencies,
  caller: () => string,
) => {
  return {
    /** Begins the next generation and answers its number. A repeat answers the same. */
    beginBackfill: (input: {
      readonly directoryId: string;
      readonly requestIds: readonly string[];
    }): Promise<number> =>
      backfills.beginBackfill(database, {
        directoryId: directory(input.directoryId),
        requestIds: input.requestIds,
        by: caller(),
        now: now(),
      }),

    /**
     * Fetches and records the directory itself, and sets the fence. Throws for good when WorkOS shows
     * it as not connected: what its listings then leave out, they leave out for everybody.
     */
    openBackfill: async (input: OfBackfill): Promise<OpenedBackfill> => {
      const found = await listings.directory(input.directoryId);
      const fence = fenceOf({ date: found.date, now: now().getTime() });
      const content = directoryContent(found.data);
      const shown = shownConnection(found.data);
      await recordDirectory(database, {
        directoryId: directory(input.directoryId),
        content,
        connection: 'connection' in shown ? shown.connection : null,
        alive: !('refusal' in shown) || shown.refusal === 'invalid-credentials',
        fence,
        now: now(),
      });
      if ('refusal' in shown) throw listingRefused(shown.refusal);
      return { fence, counts: countsOf(found.data) };
    },

    /** Publishes progress for those who wait. */
    reportBackfill: (input: OfBackfill & { readonly progress: BackfillProgress }): Promise<void> =>
      backfills.reportProgress(database, {
        directoryId: input.directoryId,
        generation: input.generation,
        counts: input.progress,
      }),

    /** Ends the backfill: every page was read, or why not. A repeat changes nothing. */
    endBackfill: async (
      input: OfBackfill & {
        readonly outcome: 'done' | 'failed';
        readonly reason: string | null;
        readonly fence: Version | null;
        readonly progress: BackfillProgress;
      },
    ): Promise<void> => {
      const { mails } = await endBackfill(database, {
        directoryId: directory(input.directoryId),
        generation: input.generation,
        outcome: input.outcome,
        reason: input.reason,
        fence: input.fence,
        counts: input.progress,
        now: now(),
      });
      if (mails > 0) wake.outbox();
    },
  };
};
