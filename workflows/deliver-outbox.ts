import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeliverLaneResult } from '../activities/deliver-lane.ts';
import type { Activities } from '../activities/index.ts';
import type { LaneKind } from '../src/domain/subscriptions.ts';
import { delivery } from './activity-options.ts';
import { SIGNAL } from './contract.ts';

const LIMIT = 50;
/** A wake that was lost costs this at most. */
const LONGEST_WAIT_MS = 30_000;

const { deliverDue, deliverLane } = proxyActivities<Activities>(delivery);

/**
 * Delivers one kind of outbox rows for ever: when woken, when a row is due again, and now and then.
 * There is one of each kind for all directories, so that none waits for another; a second start
 * under its id is refused by Temporal. Ends where nobody is set up to receive that kind any more.
 */
export async function deliverOutbox(
  sofar: DeliveredSoFar = NOTHING,
  lane: LaneKind | 'mail' = 'mail',
): Promise<void> {
  let total = sofar;
  let woken = false;
  setHandler(defineSignal(SIGNAL.wake), () => {
    woken = true;
  });

  while (!workflowInfo().continueAsNewSuggested) {
    woken = false;
    const result =
      lane === 'mail'
        ? // oxlint-disable-next-line no-await-in-loop -- one call after another
          { ...(await deliverDue({ limit: LIMIT })), restMs: 0, off: false }
        : // oxlint-disable-next-line no-await-in-loop -- the same
          await deliverLane({ lane, rests: total.rests ?? 0 });
    if (result.off) return;
    total = addTo(total, result);
    setCurrentDetails(details(lane, total, result));
    const { restMs, nextDueInMs } = result;
    // Whoever wakes us knows of new rows, not of whether the receiver is well again.
    // oxlint-disable-next-line no-await-in-loop -- the wait is the loop's pace
    if (restMs > 0) await sleep(restMs);
    else {
      const waitMs = Math.min(nextDueInMs ?? LONGEST_WAIT_MS, LONGEST_WAIT_MS);
      // oxlint-disable-next-line no-await-in-loop -- the same
      if (waitMs > 0) await condition(() => woken, waitMs);
    }
  }
  await (lane === 'mail'
    ? continueAsNew<typeof deliverOutbox>(total)
    : continueAsNew<typeof deliverOutbox>(total, lane));
}

/** Counts of rows since the workflow's first run. */
interface DeliveredSoFar {
  readonly delivered: number;
  readonly failed: number;
  readonly retried: number;
  /** Times in a row that the receiver had to be left alone. */
  readonly rests?: number;
}

const NOTHING: DeliveredSoFar = { delivered: 0, failed: 0, retried: 0 };

type Result = Omit<DeliverLaneResult, 'off'>;

const addTo = (total: DeliveredSoFar, result: Result): DeliveredSoFar => ({
  delivered: total.delivered + result.delivered,
  failed: total.failed + result.failed,
  retried: total.retried + result.retried,
  rests: result.restMs === 0 ? 0 : result.delivered > 0 ? 1 : (total.rests ?? 0) + 1,
});

const NAMES: Readonly<Record<LaneKind | 'mail', string>> = {
  mail: 'Mails',
  webhook: 'Webhooks to the application',
  datadog: 'Batches for Datadog',
  otel: 'Batches for OpenTelemetry',
};

const details = (
  lane: LaneKind | 'mail',
  total: DeliveredSoFar,
  { restMs, nextDueInMs }: Result,
): string =>
  [
    `${NAMES[lane]} delivered: ${total.delivered}, failed: ${total.failed}, put off: ${total.retried}.`,
    restMs > 0
      ? `**The receiver takes nothing**; tried again in ${Math.ceil(restMs / 1000)} s.`
      : nextDueInMs === null
        ? 'None waits.'
        : `Next due in ${Math.ceil(nextDueInMs / 1000)} s.`,
  ].join('\n');
