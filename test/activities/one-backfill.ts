import { createBackfillFrame } from '../../activities/backfill-frame.ts';
import {
  createListGroups,
  createListMemberships,
  createListUsers,
} from '../../activities/backfill-listing.ts';
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

const fresh = () => ({ resumeAt: undefined, heartbeat: () => {} });

/** One backfill by its activities, in the order of its workflow. Answers the reason of its end. */
export const oneBackfill = async ({
  deps,
}: Awaited<ReturnType<typeof syncedDirectory>>): Promise<string | null> => {
  const frame = createBackfillFrame(deps);
  const generation = await frame.beginBackfill({ directoryId: DIRECTORY, requestIds: [] });
  const of = { directoryId: DIRECTORY, generation };
  const end = async (
    ended: Pick<Parameters<typeof frame.endBackfill>[0], 'outcome' | 'reason' | 'fence'>,
  ) => {
    await frame.endBackfill({ ...of, ...ended, progress: NONE });
    return ended.reason;
  };
  try {
    const { fence, people } = await frame.openBackfill(of);
    const users = await createListUsers(deps, fresh)({ ...of, fence });
    await createListGroups(deps, fresh)({ ...of, fence });
    await createListMemberships(deps, fresh)({ ...of, fence });
    const { count: listed } = users;
    const { implausible } = await frame.concludeAbsences({ ...of, fence, people, listed });
    return await end({ outcome: 'done', reason: implausible, fence });
  } catch (error) {
    const failure = temporalFailure(error);
    if (failure.nonRetryable !== true) throw error;
    return end({ outcome: 'failed', reason: failure.type ?? null, fence: null });
  }
};
