import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { DeliveryOutcome } from '../src/mail/deliver-mail.ts';
import type { Outbox, OutboxClaim } from '../src/store/outbox.ts';
import { whileBeating } from './beating.ts';

/** What one call did, and when the next row is due: 0 when one is due now, null when none waits. */
export interface DeliverDueResult {
  readonly delivered: number;
  readonly failed: number;
  readonly retried: number;
  readonly nextDueInMs: number | null;
}

/** Few: mail must not take the database from those who leave. */
const AT_ONCE = 2;
const HEARTBEAT_MS = 5000;
/** Leaves the rest to the next call, well before the activity's own time is up. */
const ENOUGH_MS = 45_000;

/**
 * Delivers up to `limit` rows of the outbox that are due, a few at a time. A row that fails is
 * counted and never fails the activity; an error of MongoDB does. A repeat delivers what is left.
 */
export const createDeliverDue =
  ({
    outbox,
    deliver,
    leaseMs,
    now,
  }: {
    readonly outbox: Outbox;
    readonly deliver: (claim: OutboxClaim) => Promise<DeliveryOutcome>;
    readonly leaseMs: number;
    readonly now: () => Date;
  }) =>
  async ({ limit }: { readonly limit: number }): Promise<DeliverDueResult> => {
    const cancelled = cancellationSignal();
    const until = now().getTime() + ENOUGH_MS;
    const counts = { delivered: 0, failed: await outbox.settleInDoubt(now()), retried: 0, lost: 0 };
    const due = (await outbox.findDue(now(), limit)).values();
    const deliverInTurn = async (): Promise<void> => {
      for (const row of due) {
        if (cancelled.aborted || now().getTime() > until) return;
        // oxlint-disable-next-line no-await-in-loop -- each turn takes one row at a time
        const claim = await outbox.claim(row, now(), leaseMs);
        if (claim === null) continue;
        counts[await deliver(claim)] += 1;
      }
    };

    await whileBeating({ beat: () => heartbeat(), everyMs: HEARTBEAT_MS }, async () => {
      const turns = await Promise.allSettled(Array.from({ length: AT_ONCE }, deliverInTurn));
      for (const turn of turns) if (turn.status === 'rejected') throw turn.reason;
    });
    const next = await outbox.nextDue();
    const { delivered, failed, retried } = counts;
    const nextDueInMs = next === null ? null : Math.max(0, next.getTime() - now().getTime());
    return { delivered, failed, retried, nextDueInMs };
  };
