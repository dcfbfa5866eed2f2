import type { AuditDocument } from '../store/documents.ts';
import type { ClaimedRow, OutboxLane, Settlement } from '../store/outbox-lane.ts';
import { auditIdOfWebhook } from '../domain/effect.ts';
import type { createWebhookComposer } from './compose-webhook.ts';
import { NOTHING_DUE, type DeliverSome, type Delivering } from './delivering.ts';
import { codeOfPosted, isAccepted, post, type Posted } from './post.ts';
import { restMs, webhookRetryMs } from './retry-schedule.ts';

/** Requests under way at once: enough for a quick receiver, few for a slow one. */
const AT_ONCE = 10;
const ROWS = 100;
/** So many failures in a row: the receiver is down, not the rows wrong. */
const ENOUGH_FAILURES = AT_ONCE;
const GONE = 410;
const TOO_MANY = 429;
/** With these the receiver asks for fewer requests in all. */
const BUSY = new Set([TOO_MANY, 503]);

/**
 * Answers a function that posts the next hundred webhooks that are due and settles each: any 2xx is
 * delivered, 410 fails at once, anything else is tried again by the schedule. A receiver that takes
 * nothing, or asks for time, is left alone for a while; what was not tried then stays due. One that
 * refuses some by a 4xx is up.
 */
export const createWebhookDelivery =
  ({
    lane,
    findAudit,
    compose,
    url,
    leaseMs,
    now,
    random,
  }: Delivering & {
    readonly lane: OutboxLane;
    readonly findAudit: (ids: readonly string[]) => Promise<readonly AuditDocument[]>;
    readonly compose: ReturnType<typeof createWebhookComposer>;
    readonly url: string;
  }): DeliverSome =>
  async ({ rests, signal, until }) => {
    const { claim, rows } = await lane.claim({ now: now(), limit: ROWS, entries: 0, leaseMs });
    if (rows.length === 0) return NOTHING_DUE;
    const audit = await findAudit(rows.map(({ _id }) => auditIdOfWebhook(_id)));
    const entries = new Map(audit.map((entry) => [entry._id, entry]));
    const settlements: Settlement[] = [];
    const receiver: { failuresInARow: number; busyMs: number | null } = {
      failuresInARow: 0,
      busyMs: null,
    };
    const mustRest = (): boolean =>
      receiver.busyMs !== null || receiver.failuresInARow >= ENOUGH_FAILURES;

    const attempt = async (row: ClaimedRow): Promise<Settlement> => {
      const { _id: id } = row;
      const entry = entries.get(auditIdOfWebhook(id));
      if (entry === undefined) return { kind: 'failed', id, status: 'entry-gone' };
      const posted = await post(url, { ...compose(entry, now()), signal, now });
      if (posted.kind === 'given-up') return { kind: 'released', id };
      if (isDown(posted)) receiver.failuresInARow += 1;
      else if (isAccepted(posted)) receiver.failuresInARow = 0;
      if (posted.kind === 'answered' && BUSY.has(posted.status))
        receiver.busyMs = Math.max(receiver.busyMs ?? 0, posted.retryAfterMs ?? 0);
      return settlementOf(row, posted, { now: now(), random: random() });
    };

    const waiting = rows.values();
    const attemptInTurn = async (): Promise<void> => {
      for (const row of waiting) {
        const { _id: id } = row;
        const over = signal.aborted || now() >= until || mustRest();
        // oxlint-disable-next-line no-await-in-loop -- each turn posts one webhook at a time
        settlements.push(over ? { kind: 'released', id } : await attempt(row));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, attemptInTurn));
    await lane.settle(claim, settlements, { now: now() });
    const count = (kind: Settlement['kind']) =>
      settlements.filter((one) => one.kind === kind).length;
    return {
      claimed: rows.length,
      delivered: count('delivered'),
      failed: count('failed'),
      retried: count('retry'),
      restMs: mustRest() ? restMs({ rests, retryAfterMs: receiver.busyMs, random: random() }) : 0,
    };
  };

/** Whether it speaks of the receiver; with the other refusals it lives, and refuses this webhook. */
const isDown = (posted: Exclude<Posted, { readonly kind: 'given-up' }>): boolean =>
  posted.kind === 'unanswered' || posted.status === TOO_MANY || posted.status >= 500;

const settlementOf = (
  { _id: id, attempts }: ClaimedRow,
  posted: Exclude<Posted, { readonly kind: 'given-up' }>,
  { now, random }: { readonly now: Date; readonly random: number },
): Settlement => {
  const status = codeOfPosted(posted);
  if (isAccepted(posted)) return { kind: 'delivered', id, status };
  const answered = posted.kind === 'answered';
  if (answered && posted.status === GONE) return { kind: 'failed', id, status };
  const retryAfterMs = answered ? posted.retryAfterMs : null;
  const delay = webhookRetryMs({ attempts, retryAfterMs, random });
  return delay === null
    ? { kind: 'failed', id, status }
    : { kind: 'retry', id, at: new Date(now.getTime() + delay), status };
};
