import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { LaneKind } from '../src/domain/subscriptions.ts';
import type { Lanes } from '../src/effects/delivering.ts';
import { whileBeating } from './beating.ts';

/** What one call did in its lane, and when to call again. */
export interface DeliverLaneResult {
  readonly delivered: number;
  readonly failed: number;
  readonly retried: number;
  /** 0: a row is due now; null: none waits. */
  readonly nextDueInMs: number | null;
  /** How long the receiver must be left alone, whatever is due; else 0. */
  readonly restMs: number;
  /** Nobody is set up to receive on this worker. */
  readonly off: boolean;
}

const HEARTBEAT_MS = 5000;
/** Leaves the rest to the next call, well before the activity's own time is up. */
const ENOUGH_MS = 45_000;

/**
 * Delivers what is due of one kind of outbox rows until nothing is, or the receiver must be left
 * alone, or 45 s are over. A row that fails is counted and never fails the activity; an error of
 * MongoDB does. A repeat delivers what is left, and may send again what was sent and not settled.
 */
export const createDeliverLane =
  ({ lanes, now }: { readonly lanes: Lanes; readonly now: () => Date }) =>
  async (input: {
    readonly lane: LaneKind;
    readonly rests: number;
  }): Promise<DeliverLaneResult> => {
    const lane = lanes[input.lane];
    if (lane === undefined) return { ...NOTHING, off: true };
    const signal = cancellationSignal();
    const until = new Date(now().getTime() + ENOUGH_MS);
    const total = { delivered: 0, failed: 0, retried: 0 };
    const beating = { beat: () => heartbeat(), everyMs: HEARTBEAT_MS };
    const restMs = await whileBeating(beating, async () => {
      while (!signal.aborted && now() < until) {
        // oxlint-disable-next-line no-await-in-loop -- one go after another
        const some = await lane.deliverSome({ rests: input.rests, signal, until });
        total.delivered += some.delivered;
        total.failed += some.failed;
        total.retried += some.retried;
        if (some.restMs > 0) return some.restMs;
        if (some.claimed === 0) break;
      }
      return 0;
    });
    if (restMs > 0) return { ...NOTHING, ...total, nextDueInMs: restMs, restMs };
    const next = await lane.nextDue();
    const nextDueInMs = next === null ? null : Math.max(0, next.getTime() - now().getTime());
    return { ...NOTHING, ...total, nextDueInMs };
  };

const NOTHING: DeliverLaneResult = {
  delivered: 0,
  failed: 0,
  retried: 0,
  nextDueInMs: null,
  restMs: 0,
  off: false,
};
