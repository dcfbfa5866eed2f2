import {
  ActivityFailure,
  ApplicationFailure,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import * as options from './activity-options.ts';
import {
  directorySyncId,
  QUERY,
  SIGNAL,
  type BackfillEnd,
  type BackfillInput,
  type BackfillProgress,
} from './contract.ts';

const { openBackfill, reportBackfill, checkListings, endBackfill } = proxyActivities<Activities>(
  options.reads,
);
const { listUsers, listGroups, listMemberships } = proxyActivities<Activities>(options.listing);
const { concludeAbsences } = proxyActivities<Activities>(options.absences);

/**
 * Reads a whole directory once: itself, its people, its groups, their members; then concludes what
 * is absent, unless a listing is implausible. Live events go on beside it. Ends by telling the
 * directory's workflow.
 */
export async function backfill(input: BackfillInput): Promise<BackfillProgress> {
  const { directoryId, generation } = input;
  let progress: BackfillProgress = {
    phase: 'directory',
    users: 0,
    groups: 0,
    memberships: 0,
    absent: 0,
  };
  setHandler(defineQuery<BackfillProgress>(QUERY.progress), () => progress);
  const advance = async (next: Partial<BackfillProgress>): Promise<void> => {
    progress = { ...progress, ...next };
    setCurrentDetails(details(progress));
    await reportBackfill({ directoryId, generation, progress });
  };
  const end = async (outcome: BackfillEnd['outcome'], reason: string | null, fence: Fence) => {
    await endBackfill({ directoryId, generation, outcome, reason, fence, progress });
    await tellDirectory(directoryId, { generation, outcome, reason });
  };

  try {
    const { fence, counts: told } = await openBackfill({ directoryId, generation });
    const of = { directoryId, generation, fence };
    await advance({ phase: 'users' });
    const users = await listUsers(of);
    await advance({ phase: 'groups', users: users.count });
    const groups = await listGroups(of);
    const doubts = await checkListings({
      directoryId,
      fence,
      users: { listed: users.count, told: told.users },
      groups: { listed: groups.count, told: told.groups },
    });
    await advance({ phase: 'memberships', groups: groups.count });
    const concludes = doubts.users === null && doubts.groups === null;
    const memberships = await listMemberships(of);
    await advance({ phase: 'absences', memberships: memberships.count });
    const { absent, doubt = null } =
      doubts.users === null
        ? await concludeAbsences({ ...of, of: concludes ? 'everything' : 'users' })
        : { absent: 0, doubt: null };
    await advance({ phase: 'done', absent });
    await end('done', doubts.users ?? doubts.groups ?? doubt, fence);
  } catch (error) {
    await end('failed', reasonOf(error), null);
  }
  return progress;
}

type Fence = Awaited<ReturnType<Activities['openBackfill']>>['fence'] | null;

/** The code of the activity's permanent failure; anything else is a bug and fails the run loudly. */
const reasonOf = (error: unknown): string => {
  if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure)
    return error.cause.type ?? 'unexpected-failure';
  throw error;
};

const tellDirectory = async (directoryId: string, end: BackfillEnd): Promise<void> => {
  try {
    await getExternalWorkflowHandle(directorySyncId(directoryId)).signal(
      defineSignal<[BackfillEnd]>(SIGNAL.backfillEnded),
      end,
    );
  } catch {
    // Nobody runs it now; whoever starts it next reads the outcome from the database.
  }
};

const details = (progress: BackfillProgress): string =>
  [
    `Phase: **${progress.phase}**`,
    '',
    '| people | groups | memberships | absent |',
    '|---|---|---|---|',
    `| ${progress.users} | ${progress.groups} | ${progress.memberships} | ${progress.absent} |`,
  ].join('\n');
