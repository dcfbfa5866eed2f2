import { randomUUID } from 'node:crypto';
import { createBackfillFrame } from '../../activities/backfill-frame.ts';
import {
  createListGroups,
  createListMemberships,
  createListUsers,
} from '../../activities/backfill-listing.ts';
import { createCheckListings, createConcludeAbsences } from '../../activities/conclude-absences.ts';
import { temporalFailure } from '../../activities/failures.ts';
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

/** One backfill by its activities, in the order of its workflow. Answers the reason of its end. */
export const oneBackfill = async ({
  deps,
}: Awaited<ReturnType<typeof syncedDirectory>>): Promise<string | null> => {
  const frame = createBackfillFrame(deps, randomUUID);
  const generation = await frame.beginBackfill({ directoryId: DIRECTORY, requestIds: [] });
  const of = { directoryId: DIRECTORY, generation };
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
      directoryId: DIRECTORY,
      fence,
      users: { listed: users.count, told: told.users },
      groups: { listed: groups.count, told: told.groups },
    });
    const reason = doubts.users ?? doubts.groups;
    await createListMemberships(deps, fresh)({ ...of, fence, concludes: reason === null });
    if (reason === null)
      await createConcludeAbsences(deps, CONCLUDING)({ ...of, fence, of: 'everything' });
    return await end({ outcome: 'done', reason, fence });
  } catch (error) {
    const failure = temporalFailure(error);
    if (failure.nonRetryable !== true) throw error;
    return end({ outcome: 'failed', reason: failure.type ?? null, fence: null });
  }
};
