import { workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import { backgroundTaskQueue, PRIORITY } from './contract.ts';

/**
 * Every activity's timeouts and retry policy, each with its reason, and how long a directory's
 * workflow waits before it tries again what failed. ADR 10 names the other waits.
 */

/** MongoDB is away for seconds to minutes; there is no end to trying, since nothing may be lost. */
const untilItWorks = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '30 seconds',
} as const;

/** Work of minutes and hours goes to slots of its own, or a leaver would wait for listings to end. */
const inBackground = (options: ActivityOptions): ActivityOptions => ({
  ...options,
  // Only a running workflow knows its queue, so it is asked at each call.
  get taskQueue() {
    return backgroundTaskQueue(workflowInfo().taskQueue);
  },
});

/**
 * A live batch takes well under a second; on a slow server it is halved until it fits, so it gets
 * two minutes. Heartbeats tell a killed worker in ten seconds.
 */
export const live: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { ...untilItWorks, maximumInterval: '5 seconds' },
  priority: { priorityKey: PRIORITY.live },
};

/** A few bounded reads of WorkOS and their transactions. */
export const reads: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  retry: { ...untilItWorks, maximumInterval: '1 minute' },
  priority: { priorityKey: PRIORITY.backfill },
};

/**
 * Complete reads of a few people and groups; a group of 50,000 has 500 pages, four a second.
 * Heartbeats tell a dead worker.
 */
export const wholeReads = inBackground({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '30 seconds',
  retry: { ...untilItWorks, maximumInterval: '1 minute' },
  priority: { priorityKey: PRIORITY.backfill },
});

/** A listing of a million people at four pages a second lasts most of an hour; heartbeats tell a dead worker. */
export const listing = inBackground({
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  retry: { ...untilItWorks, maximumInterval: '1 minute' },
  priority: { priorityKey: PRIORITY.backfill },
});

/** What a whole directory's listing did not show, in chunks; a million memberships take some minutes. */
export const absences = inBackground({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '30 seconds',
  retry: untilItWorks,
  priority: { priorityKey: PRIORITY.backfill },
});

/** Chunked deletes of a whole directory. */
export const purge = inBackground({
  startToCloseTimeout: '10 minutes',
  retry: untilItWorks,
  priority: { priorityKey: PRIORITY.purge },
});

/** A stint of ten minutes, in a slot kept for it; WorkOS down or the key refused is tried again slowly. */
export const poll: ActivityOptions = {
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '1 minute',
  retry: { ...untilItWorks, maximumInterval: '1 minute' },
  priority: { priorityKey: PRIORITY.live },
};

/** A go of the outbox ends by itself well before; each row has its own times to be tried again. */
export const delivery: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '12 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  priority: { priorityKey: PRIORITY.effects },
  summary: 'deliver what is due',
};

/** How long a chore waits after it failed: owed reads that WorkOS refuses, or a chunk. */
export const RETRY_CHORE_WAIT = '1 minute';

/** How long a directory that WorkOS refuses waits before its backfill is tried again. */
export const REFUSED_BACKFILL_WAIT = '15 minutes';
