import type { Context } from '@temporalio/activity';
import {
  directoryId as directory,
  directoryUserId,
  groupId,
  type DirectoryId,
} from '../src/domain/ids.ts';
import {
  implausible,
  implausibleMemberships,
  MEMBERSHIPS_SMALL,
  type Implausible,
} from '../src/domain/listing-plausible.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { Version } from '../src/domain/version.ts';
import { countMissing, countMoved, nextMissing } from '../src/store/absences.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import { backfillReportId, findListed, recordListed } from '../src/store/backfills.ts';
import { hasUnmarked, reportRefused } from '../src/store/refused-rows.ts';
import { countUnlisted, endUnlisted, forgivePaidReads } from '../src/store/unlisted.ts';
import { shownConnection } from '../src/workos/read-connection.ts';
import { countsOf } from '../src/workos/read-content.ts';
import type { Wire } from '../src/workos/wire.ts';
import { applySplit } from './apply-split.ts';
import { BEAT_MS, whileBeating } from './beating.ts';
import type { Dependencies } from './dependencies.ts';
import { listingRefused } from './failures.ts';
import { requireListable } from './require-listable.ts';

const CHUNK = 500;

/** One finished listing: its rows, and the directory's own count when it began. */
interface Finished {
  readonly listed: number;
  readonly told: number | null;
}

/** Why nothing may be concluded from the listing of people, and from that of groups. */
export interface Doubts {
  readonly users: Implausible;
  readonly groups: Implausible;
}

/**
 * Compares what was listed with what is known and with the directory's own counts, and answers of
 * what absence must not be concluded. Changes nothing.
 */
export const createCheckListings =
  ({ database, listings }: Pick<Dependencies, 'database' | 'listings'>) =>
  async (input: {
    readonly directoryId: string;
    readonly fence: Version;
    readonly users: Finished;
    readonly groups: Finished;
  }): Promise<Doubts> => {
    const directoryId = directory(input.directoryId);
    const after = countsOf(await stillConnected(listings, directoryId));
    const doubt = async (of: 'users' | 'groups'): Promise<Implausible> => {
      const { listed, told: before } = input[of];
      const told = after[of];
      const listing = { directoryId, of, fence: input.fence };
      return implausible({
        of,
        listed,
        told: before === null || told === null ? null : { before, after: told },
        moved: await countMoved(database, listing),
        ...(await countMissing(database, listing)),
      });
    };
    return { users: await doubt('users'), groups: await doubt('groups') };
  };

/** What concluding needs of its activity. */
export interface ConcludingContext {
  /** How many an earlier attempt had concluded absent when it was last heard of. */
  readonly absentBefore: number;
  readonly heartbeat: (absent: number) => void;
}

/** The concluding context of the running activity. */
export const concludingContext = (context: Context): ConcludingContext => ({
  absentBefore: (context.info.heartbeatDetails as number | undefined) ?? 0,
  heartbeat: (absent) => context.heartbeat(absent),
});

/**
 * Concludes from complete and plausible listings that what they did not show is gone: `users` only
 * people, `everything` groups and memberships as well; the latter stay where their listing is not
 * plausible, and `doubt` says so. Answers how many people and groups were absent.
 * One whose absence MongoDB refuses to write is reported and left as it is; where somebody was seen who
 * could not be marked as seen, nothing is concluded. Throws for good when WorkOS no longer shows the directory as connected, but not once it has begun:
 * a repeat decides nothing anew and goes on where the last commit stopped.
 */
export const createConcludeAbsences =
  (deps: Dependencies, context: () => ConcludingContext) =>
  async (input: {
    readonly directoryId: string;
    readonly generation: number;
    readonly fence: Version;
    readonly of: 'users' | 'everything';
  }): Promise<{ readonly absent: number; readonly doubt: Implausible }> => {
    const { database, listings, now } = deps;
    const { absentBefore, heartbeat } = context();
    const { fence, of } = input;
    const directoryId = directory(input.directoryId);
    let absent = absentBefore;
    const conclude = async (kind: 'users' | 'groups'): Promise<void> => {
      await concludeAll(deps, { ...input, directoryId, of: kind }, (count) => {
        absent += count;
        heartbeat(absent);
      });
    };
    return whileBeating({ beat: () => heartbeat(absent), everyMs: BEAT_MS }, async () => {
      await requireListable(deps, directoryId);
      if (await hasUnmarked(database, input)) return { absent, doubt: null };
      let listed = await findListed(database, { directoryId, fence });
      if (listed === null) {
        await stillConnected(listings, directoryId);
        const doubted =
          of === 'everything' &&
          implausibleMemberships(await countUnlisted(database, { directoryId, fence })) !== null;
        listed = doubted ? 'records' : of;
        await recordListed(database, { directoryId, fence, of: listed });
      }
      await conclude('users');
      if (listed === 'users') return { absent, doubt: null };
      await conclude('groups');
      if (listed === 'records') return { absent, doubt: MEMBERSHIPS_SMALL };
      while (await endUnlisted(database, { directoryId, fence, now: now() }));
      await forgivePaidReads(database, directoryId);
      return { absent, doubt: null };
    });
  };

/** The directory as the API shows it. Throws for good when its listings may leave out everybody. */
const stillConnected = async (
  listings: Dependencies['listings'],
  directoryId: DirectoryId,
): Promise<Wire> => {
  const { data } = await listings.directory(directoryId);
  const shown = shownConnection(data);
  if ('refusal' in shown) throw listingRefused(shown.refusal);
  return data;
};

interface Listing {
  readonly directoryId: DirectoryId;
  readonly generation: number;
  readonly fence: Version;
  readonly of: 'users' | 'groups';
}

const concludeAll = async (
  { database, log, now, wake }: Dependencies,
  listing: Listing,
  concluded: (count: number) => void,
): Promise<void> => {
  const { directoryId, generation } = listing;
  const report = backfillReportId(directoryId, generation);
  const cause = { event: null, key: report };
  // A merge gives an account another id, which the walk may have passed: it ends when it finds nobody new.
  const tried = new Set<string>();
  let after: string | null = null;
  let found = 0;
  for (;;) {
    const missing = await nextMissing(database, listing, { after, limit: CHUNK });
    after = missing.at(-1)?._id ?? null;
    if (after === null && found === 0) return;
    if (after === null) found = 0;
    const fresh = missing.filter(({ id }) => !tried.has(id));
    if (fresh.length === 0) continue;
    found += fresh.length;
    for (const { id } of fresh) tried.add(id);
    const counts = await applySplit(fresh, {
      together: async (some) => {
        const observations = some.map(({ id }) => gone(id, listing));
        const told = [{ cause, observations }];
        const outcome = await applyBatch(database, { directoryId, told, report, now });
        if (outcome.endingLeft) wake.directory(directoryId);
        return some.length;
      },
      alone: async ({ id }, code) => {
        log.error({ directoryId, id, code }, 'absence not concluded');
        await reportRefused(database, listing, { id, code });
        return 0;
      },
    });
    concluded(counts.reduce((sum, count) => sum + count, 0));
  }
};

const gone = (id: string, { directoryId, fence: version, of }: Listing): Observation => {
  const seen = { directoryId, version, shows: 'deleted' } as const;
  return of === 'users'
    ? { of: 'user', id: directoryUserId(id), ...seen }
    : { of: 'group', id: groupId(id), ...seen };
};
