import type { Collection } from 'mongodb';
import type { Database } from './database.ts';
import type { MailRow } from './documents.ts';
import { failRows } from './fail-rows.ts';
import { yieldToTransactions } from './transact.ts';

/** A row that one attempt owns. `attempts` tells this attempt from a later one. */
export type OutboxClaim = Pick<
  MailRow,
  '_id' | 'attempts' | 'template' | 'directoryId' | 'userId' | 'to' | 'variables' | 'expiresAt'
>;

/** A row that was due when it was looked for. */
export type DueRow = Pick<MailRow, '_id' | 'attempts'>;

/** Whom a mail goes to, and the words of its text; read when it is sent. */
export interface Recipient {
  readonly address: string;
  readonly firstName: string | null;
  readonly directoryName: string | null;
}

/** The effects that are still to be delivered. */
export type Outbox = ReturnType<typeof createOutbox>;

/**
 * Claims and settles the mails of the outbox. Each write is conditional on the claim, so an attempt whose
 * lease ran out cannot disturb the one that follows it. Every call throws MongoDB's errors.
 */
export const createOutbox = ({ database }: { readonly database: Database }) => {
  const { outbox, users, directories } = database;
  // Every filter that does not name a row says that it wants mails.
  const mails = outbox as unknown as Collection<MailRow>;
  const update = async (
    { _id, attempts }: Pick<OutboxClaim, '_id' | 'attempts'>,
    when: Record<string, unknown>,
    set: Partial<MailRow>,
  ): Promise<boolean> => {
    const filter = { _id, attempts, ...when };
    return (await mails.updateOne(filter, { $set: set })).matchedCount === 1;
  };

  return {
    /** Up to `limit` rows that are due, longest due first; to be claimed one by one. */
    findDue: (now: Date, limit: number): Promise<DueRow[]> =>
      mails
        .find(
          { kind: 'mail', status: 'pending', nextAttemptAt: { $lte: now }, handedOverAt: null },
          { projection: { attempts: 1 } },
        )
        .sort({ nextAttemptAt: 1 })
        .limit(limit)
        .toArray(),

    /**
     * Takes a due row and leases it for `leaseMs`; null when another attempt was first. A row whose
     * message may have been accepted is never taken. By id: callers that race for the first row of
     * a sorted search wait for one another. Lets transactions that wait go first: who leaves comes
     * before any mail.
     */
    claim: async (row: DueRow, now: Date, leaseMs: number): Promise<OutboxClaim | null> => {
      await yieldToTransactions(database);
      return mails.findOneAndUpdate(
        { _id: row._id, attempts: row.attempts, status: 'pending', handedOverAt: null },
        { $inc: { attempts: 1 }, $set: { nextAttemptAt: new Date(now.getTime() + leaseMs) } },
        {
          returnDocument: 'after',
          projection: {
            attempts: 1,
            template: 1,
            directoryId: 1,
            userId: 1,
            to: 1,
            variables: 1,
            expiresAt: 1,
          },
        },
      );
    },

    /**
     * Fails rows whose attempt ended between the release of the message and its answer: sending
     * them again might send twice, so a person decides. Answers how many; a repeat finds none.
     */
    settleInDoubt: (now: Date): Promise<number> =>
      failRows(database, {
        filter: {
          kind: 'mail',
          status: 'pending',
          nextAttemptAt: { $lte: now },
          handedOverAt: { $type: 'date' },
        },
        set: { error: 'in-doubt' },
        now,
      }),

    /**
     * Records that the message is about to be released, and renews the lease. False when the claim
     * is no longer ours: the message must not be released then. A second call is refused too.
     */
    markHandedOver: (claim: OutboxClaim, at: Date, leaseMs: number): Promise<boolean> =>
      update(
        claim,
        { status: 'pending', handedOverAt: null },
        { handedOverAt: at, nextAttemptAt: new Date(at.getTime() + leaseMs) },
      ),

    /** Settles a mail that was accepted, even if it was held in doubt meanwhile. Repeatable. */
    markDelivered: (claim: OutboxClaim, at: Date): Promise<boolean> =>
      update(claim, {}, { status: 'delivered', deliveredAt: at, error: null }),

    /** Puts back a mail that was certainly not accepted, to be tried again at `at`. Repeatable. */
    markRetry: (claim: OutboxClaim, at: Date, code: string): Promise<boolean> =>
      update(claim, { status: 'pending' }, { nextAttemptAt: at, handedOverAt: null, error: code }),

    /** Settles a mail for good as not delivered. Repeatable. */
    markFailed: async (claim: OutboxClaim, at: Date, code: string): Promise<boolean> => {
      const filter = { _id: claim._id, attempts: claim.attempts, status: 'pending' as const };
      return (await failRows(database, { filter, set: { error: code }, now: at })) === 1;
    },

    /** When the next mail is due, which may be in the past; null when none is pending. */
    nextDue: async (): Promise<Date | null> => {
      const next = await mails.findOne(
        { kind: 'mail', status: 'pending' },
        { sort: { nextAttemptAt: 1 }, projection: { nextAttemptAt: 1 } },
      );
      return next?.nextAttemptAt ?? null;
    },

    /** The current address for a mail; null when it has none, or its person is no longer enabled. */
    findRecipient: async (claim: OutboxClaim): Promise<Recipient | null> => {
      const [user, directory] = await Promise.all([
        claim.userId === null
          ? null
          : users.findOne(
              { _id: claim.userId, enabled: true },
              { projection: { email: 1, firstName: 1 } },
            ),
        claim.directoryId === null
          ? null
          : directories.findOne({ _id: claim.directoryId }, { projection: { name: 1 } }),
      ]);
      if (claim.template === 'welcome' && claim.userId !== null && user === null) return null;
      const address = claim.to ?? user?.email ?? null;
      return address === null || address === ''
        ? null
        : { address, firstName: user?.firstName ?? null, directoryName: directory?.name ?? null };
    },
  };
};
