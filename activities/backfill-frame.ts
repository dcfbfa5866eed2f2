import { directoryId as directory, directoryUserId, groupId } from '../src/domain/ids.ts';
import { fenceOf } from '../src/domain/fence.ts';
import { implausible } from '../src/domain/listing-plausible.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { Version } from '../src/domain/version.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import * as backfills from '../src/store/backfills.ts';
import { endBackfill } from '../src/store/end-backfill.ts';
import { recordDirectory } from '../src/store/record-directory.ts';
import { endUnlisted, refreshDebts } from '../src/store/unlisted.ts';
import { shownConnection } from '../src/workos/read-connection.ts';
import { directoryContent } from '../src/workos/read-content.ts';
import { wireObject, type Wire } from '../src/workos/wire.ts';
import type { BackfillProgress } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { listingRefused } from './failures.ts';
import { untilResumed } from './until-resumed.ts';

interface OfBackfill {
  readonly directoryId: string;
  readonly generation: number;
}

/** What is known when a backfill starts. */
export interface OpenedBackfill {
  /** The moment that every row of it was true. */
  readonly fence: Version;
  /** The directory's own count of people, or null when it gives none. */
  readonly people: number | null;
  readonly organizationId: string | null;
}

const ABSENT_CHUNK = 500;

/** The activities around a backfill's listings: begin, open, conclude absences, end. */
export const createBackfillFrame = (deps: Dependencies) => {
  const { database, listings, now, wake } = deps;
  return {
    /** Begins the next generation and answers its number. A repeat begins another, harmlessly. */
    beginBackfill: (input: {
      readonly directoryId: string;
      readonly requestIds: readonly string[];
    }): Promise<number> =>
      backfills.beginBackfill(database, {
        directoryId: directory(input.directoryId),
        requestIds: input.requestIds,
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
        fence,
        now: now(),
      });
      if ('refusal' in shown) throw listingRefused(shown.refusal);
      return { fence, people: peopleOf(found.data), organizationId: content.organizationId };
    },

    /** Publishes progress for those who wait. */
    reportBackfill: (input: OfBackfill & { readonly progress: BackfillProgress }): Promise<void> =>
      backfills.reportProgress(database, {
        directoryId: input.directoryId,
        generation: input.generation,
        counts: input.progress,
      }),

    /**
     * Concludes from a complete and plausible listing that what it did not show is gone. Answers
     * how many people and groups that were, or why nothing may be concluded. A repeat goes on.
     */
    concludeAbsences: async (
      input: OfBackfill & {
        readonly fence: Version;
        readonly listed: number;
        readonly people: number | null;
      },
    ): Promise<{ readonly absent: number; readonly implausible: string | null }> => {
      const id = directory(input.directoryId);
      await untilResumed(deps, id, () => undefined);
      const { data } = await listings.directory(input.directoryId);
      const shown = shownConnection(data);
      if ('refusal' in shown) throw listingRefused(shown.refusal);
      const after = peopleOf(data);
      const known = await database.users.countDocuments(
        { directoryId: id, deletedAt: null },
        { limit: 1 },
      );
      const reason = implausible({
        listed: input.listed,
        known,
        told: input.people === null || after === null ? null : { before: input.people, after },
      });
      const { fence } = input;
      if (reason !== null) return { absent: 0, implausible: reason };
      await backfills.recordListed(database, { directoryId: id, fence });
      const absent = await concludeAll(deps, input);
      while (await endUnlisted(database, { directoryId: id, fence, now: now() }));
      await refreshDebts(database, id);
      return { absent, implausible: null };
    },

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

const concludeAll = async (
  { database, now }: Pick<Dependencies, 'database' | 'now'>,
  input: OfBackfill & { readonly fence: Version },
): Promise<number> => {
  const id = directory(input.directoryId);
  const older = { directoryId: id, deletedAt: null, 'sync.alive': { $lt: input.fence } };
  const gone = { directoryId: id, version: input.fence, shows: 'deleted' } as const;
  const users = await database.users.find(older, { projection: { directoryUserId: 1 } }).toArray();
  const groups = await database.groups.find(older, { projection: { _id: 1 } }).toArray();
  const absent: readonly Observation[] = [
    ...users.map((one) => ({
      of: 'user' as const,
      id: directoryUserId(one.directoryUserId),
      ...gone,
    })),
    ...groups.map((one) => ({ of: 'group' as const, id: groupId(one._id), ...gone })),
  ];
  const key = backfills.backfillReportId(input.directoryId, input.generation);
  for (let from = 0; from < absent.length; from += ABSENT_CHUNK) {
    const observations = absent.slice(from, from + ABSENT_CHUNK);
    await applyBatch(database, {
      directoryId: id,
      now: now(),
      told: [{ cause: { event: null, key }, observations }],
    });
  }
  return absent.length;
};

/** People as the directory itself counts them: active and inactive. */
const peopleOf = (wire: Wire): number | null => {
  const counts = wireObject(wireObject(wire['metadata'])['users']);
  const { active, inactive } = counts;
  return typeof active === 'number' && typeof inactive === 'number' ? active + inactive : null;
};
