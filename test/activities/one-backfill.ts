import { randomUUID } from 'node:crypto';
import { createBackfillSteps } from '../../activities/backfill-steps.ts';
import { createListGroups, createListUsers } from '../../activities/backfill-listing.ts';
import { createCheckListings, createConcludeAbsences } from '../../activities/conclude-absences.ts';
import { createListMemberships } from '../../activities/list-memberships.ts';
import { temporalFailure } from '../../activities/failures.ts';
import type { MembershipsBy } from '../../src/domain/memberships-by.ts';
import type { BackfillProgress } from '../../workflows/contract.ts';
import { DIRECTORY, type syncedDirectory } from './synced-directory.ts';

const NONE: BackfillProgress = {
  phase: 'directory',
  users: 0,
  groups: 0,
  memberships: 0,
  absent: 0,
};

const CONCLUDING = () => ({ absentBefore: 0, heartbeat: () => {} });

const fresh = () => ({ resumeAt: undefined, heartbeat: () => {} });

/**
 * One backfill by its activities, in the order of its workflow; `by` overrules how memberships are
 * listed. Answers the reason of its end.
 */
export const oneBackfill = async (
  { deps }: Pick<Awaited<ReturnType<typeof syncedDirectory>>, 'deps'>,
  {
    directoryId = DIRECTORY,
    by,
  }: { readonly directoryId?: string; readonly by?: MembershipsBy } = {},
): Promise<string | null> => {
  const frame = createBackfillSteps(deps, randomUUID);
  const generation = await frame.beginBackfill({ directoryId, requestIds: [] });
  const of = { directoryId, generation };
  const decide = by === undefined ? undefined : () => by;
  const end = async (
    ended: Pick<Parameters<typeof frame.endBackfill>[0], 'outcome' | 'reason' | 'fence'>,
  ) => {
    await frame.endBackfill({ ...of, ...ended, progress: NONE });
    return ended.reason;
  };
  try {
    const { fence, counts: told } = await frame.openBackfill(of);
    const users = await createListUsers(deps, fresh)({ ...of, fence });
    const groups = await createListGroups(deps, fresh)({ ...of, fence });
    const doubts = await createCheckListings(deps)({
      directoryId,
      fence,
      users: { listed: users.count, told: told.users },
      groups: { listed: groups.count, told: told.groups },
    });
    const reason = doubts.users ?? doubts.groups;
    await createListMemberships(deps, fresh, decide)({ ...of, fence });
    const all = { ...of, fence, of: 'everything' } as const;
    const { doubt } =
      reason === null ? await createConcludeAbsences(deps, CONCLUDING)(all) : { doubt: reason };
    return await end({ outcome: 'done', reason: doubt, fence });
  } catch (error) {
    const failure = temporalFailure(error);
    if (failure.nonRetryable !== true) throw error;
    return end({ outcome: 'failed', reason: failure.type ?? null, fence: null });
  }
};
