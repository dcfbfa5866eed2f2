import type { Outbox, OutboxClaim } from '../store/outbox.ts';
import type { createComposer } from './compose.ts';
import type { MailSender, SendOutcome } from './sender.ts';

/** Longer than an attempt may take, so that a lease runs out only when its worker is gone. */
export const LEASE_MS = 120_000;
export const MAX_ATTEMPTS = 12;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;

/** Milliseconds from the failure of attempt number `attempts` to the next one. */
export const retryDelayMs = (attempts: number): number =>
  Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));

/** What became of one claimed row. `lost`: another attempt owns it now. */
export type DeliveryOutcome = 'delivered' | 'failed' | 'retried' | 'lost';

/**
 * Answers a function that sends the mail of a claimed row and settles the row. A failing mail is an
 * outcome; only errors of MongoDB are thrown. No mail is released twice: see `handedOverAt`.
 */
export const createMailDelivery =
  ({
    outbox,
    sender,
    compose,
    now,
  }: {
    readonly outbox: Outbox;
    readonly sender: MailSender;
    readonly compose: ReturnType<typeof createComposer>;
    readonly now: () => Date;
  }) =>
  async (claim: OutboxClaim): Promise<DeliveryOutcome> => {
    const fail = async (code: string): Promise<DeliveryOutcome> =>
      (await outbox.markFailed(claim, now(), code)) ? 'failed' : 'lost';
    const delivered = async (): Promise<DeliveryOutcome> =>
      (await outbox.markDelivered(claim, now())) ? 'delivered' : 'lost';
    const retry = async (code: string): Promise<DeliveryOutcome> => {
      if (claim.attempts >= MAX_ATTEMPTS) return fail(code);
      const at = new Date(now().getTime() + retryDelayMs(claim.attempts));
      return (await outbox.markRetry(claim, at, code)) ? 'retried' : 'lost';
    };

    const settle = (outcome: SendOutcome): Promise<DeliveryOutcome> => {
      switch (outcome.kind) {
        case 'accepted':
          return delivered();
        case 'deferred':
          return retry(outcome.code);
        case 'refused':
          return fail(outcome.code);
        case 'in-doubt':
          return fail('in-doubt');
        case 'withheld':
          return Promise.resolve('lost');
      }
    };

    if (claim.attempts > MAX_ATTEMPTS) return fail('too-many-attempts');
    const { expiresAt = null } = claim;
    if (expiresAt !== null && expiresAt <= now()) return fail('link-expired');
    const recipient = await outbox.findRecipient(claim);
    if (recipient === null) return fail('recipient-gone');
    const { _id: outboxId } = claim;
    const handOver = () => outbox.markHandedOver(claim, now(), LEASE_MS);
    return settle(await sender.send(compose(claim, recipient), { outboxId, handOver }));
  };
