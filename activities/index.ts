import { cancellationSignal, Context } from '@temporalio/activity';
import { createApplyPending } from './apply-pending.ts';
import { createBackfillSteps } from './backfill-steps.ts';
import { BEAT_MS, whileBeating } from './beating.ts';
import { createListGroups, createListUsers, listingContext } from './backfill-listing.ts';
import {
  concludingContext,
  createCheckListings,
  createConcludeAbsences,
} from './conclude-absences.ts';
import { createDeliverDue } from './deliver-due.ts';
import { createDeliverLane } from './deliver-lane.ts';
import type { Dependencies } from './dependencies.ts';
import { createDeprovisionDeleted } from './deprovision-deleted.ts';
import { createDeriveNext } from './derive-next.ts';
import { createEndLeft } from './end-left.ts';
import { createListMemberships } from './list-memberships.ts';
import { createPauseResume } from './pause-resume.ts';
import { createPayOwedReads } from './pay-owed-reads.ts';
import { createPollEvents } from './poll-events.ts';
import { createPurgeDue } from './purge-due.ts';
import { createPurgePerson } from './purge-person.ts';
import { createRefresh } from './refresh.ts';

/** The activity with a heartbeat while it runs. */
const beating =
  <Input, Result>(activity: (input: Input) => Promise<Result>) =>
  (input: Input): Promise<Result> => {
    const context = Context.current();
    return whileBeating({ beat: () => context.heartbeat(), everyMs: BEAT_MS }, () =>
      activity(input),
    );
  };

const caller = (): string => {
  const { activityId, workflowExecution } = Context.current().info;
  return `${workflowExecution?.runId ?? ''}/${activityId}`;
};

const listing = <Position>() => listingContext<Position>(Context.current());

/** Every activity of the worker, by the name that workflows call it. */
export const createActivities = (
  deps: Dependencies,
  delivery: Parameters<typeof createDeliverDue>[0],
  lanes: Parameters<typeof createDeliverLane>[0]['lanes'] = {},
) => {
  const operate = createPauseResume(deps);
  return {
    applyPending: beating(createApplyPending(deps)),
    endLeft: beating(createEndLeft(deps)),
    deriveNext: beating(createDeriveNext(deps)),
    payOwedReads: beating(createPayOwedReads(deps)),
    refresh: beating(createRefresh(deps, () => Context.current().info.attempt)),
    ...createBackfillSteps(deps, caller),
    listUsers: createListUsers(deps, listing),
    listGroups: createListGroups(deps, listing),
    listMemberships: createListMemberships(deps, listing),
    checkListings: createCheckListings(deps),
    concludeAbsences: createConcludeAbsences(deps, () => concludingContext(Context.current())),
    deprovisionDeleted: beating(createDeprovisionDeleted(deps)),
    purgeDue: createPurgeDue(deps),
    purgePerson: createPurgePerson(deps),
    /** Starts the directory's retention timer, or has the running one look again. */
    armRetention: (input: { readonly directoryId: string }) =>
      deps.wake.retention(input.directoryId),
    pollEvents: createPollEvents(deps, () => ({
      heartbeat: () => Context.current().heartbeat(),
      isCancelled: () => cancellationSignal().aborted,
    })),
    deliverDue: createDeliverDue(delivery),
    deliverLane: createDeliverLane({ lanes, now: deps.now }),
    pauseDirectory: beating(operate.pauseDirectory),
    resumeDirectory: beating(operate.resumeDirectory),
  };
};

export type Activities = ReturnType<typeof createActivities>;
