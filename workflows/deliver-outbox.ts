import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeliverDueResult } from '../activities/deliver-due.ts';
import { PRIORITY, SIGNAL } from './contract.ts';

const LIMIT = 50;
/** A wake that was lost costs this at most. */
const LONGEST_WAIT_MS = 30_000;

const { deliverDue } = proxyActivities<{
  deliverDue: (input: { readonly limit: number }) => Promise<DeliverDueResult>;
}>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '12 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  priority: { priorityKey: PRIORITY.effects },
  summary: 'deliver what is due',
});

/**
 * Delivers the outbox for ever: when woken, when a row is due again, and now and then. There is one
 * for all directories; a second start under its id is refused by Temporal.
 */
export async function deliverOutbox(sofar: DeliveredSoFar = NOTHING): Promise<void> {
  let total = sofar;
  let woken = false;
  setHandler(defineSignal(SIGNAL.wake), () => {
    woken = true;
  });

  while (!workflowInfo().continueAsNewSuggested) {
    woken = false;
    // oxlint-disable-next-line no-await-in-loop -- one call after another
    const result = await deliverDue({ limit: LIMIT });
    total = {
      delivered: total.delivered + result.delivered,
      failed: total.failed + result.failed,
      retried: total.retried + result.retried,
    };
    setCurrentDetails(details(total, result.nextDueInMs));
    const waitMs = Math.min(result.nextDueInMs ?? LONGEST_WAIT_MS, LONGEST_WAIT_MS);
    // oxlint-disable-next-line no-await-in-loop -- the wait is the loop's pace
    if (waitMs > 0) await condition(() => woken, waitMs);
  }
  await continueAsNew<typeof deliverOutbox>(total);
}

/** Counts of mails since the workflow's first run. */
interface DeliveredSoFar {
  readonly delivered: number;
  readonly failed: number;
  readonly retried: number;
}

const NOTHING: DeliveredSoFar = { delivered: 0, failed: 0, retried: 0 };

const details = (total: DeliveredSoFar, nextDueInMs: number | null): string =>
  [
    `Mails delivered: ${total.delivered}, failed: ${total.failed}, put off: ${total.retried}.`,
    nextDueInMs === null ? 'None waits.' : `Next due in ${Math.ceil(nextDueInMs / 1000)} s.`,
  ].join('\n');
