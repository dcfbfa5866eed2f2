import type { AnyBulkWriteOperation } from 'mongodb';
import type { LaneKind } from '../domain/subscriptions.ts';
import type { Database } from './database.ts';
import type { OutboxDocument, StreamedIds } from './documents.ts';
import { failRows } from './fail-rows.ts';
import { UNORDERED } from './writing.ts';

/** A row that one attempt owns until its lease ends. */
export interface ClaimedRow {
  readonly _id: string;
  readonly attempts: number;
  readonly createdAt: Date;
  /** Of a stream's row: what is still to be sent. */
  readonly entries?: StreamedIds;
}

export interface Claimed {
  readonly claim: string;
  readonly rows: readonly ClaimedRow[];
}

/**
 * What became of one claimed row. `status` is the stable code of what the receiver said, `entries`
 * what is left of a stream's row.
 */
export type Settlement =
  | { readonly kind: 'delivered'; readonly id: string; readonly status: string }
  | {
      readonly kind: 'retry';
      readonly id: string;
      readonly at: Date;
      readonly status: string;
      readonly entries?: StreamedIds;
    }
  | {
      readonly kind: 'failed';
      readonly id: string;
      readonly status: string;
      readonly entries?: StreamedIds;
    }
  /** It was not tried, or not to its end: it is due again, and the attempt does not count. */
  | { readonly kind: 'released'; readonly id: string; readonly entries?: StreamedIds };

interface Owned {
  readonly claim: string;
  readonly status: 'pending';
}

export type OutboxLane = ReturnType<typeof createOutboxLane>;

/**
 * Claims and settles rows of one kind, many in a few round trips. Each write is conditional on the
 * claim: an attempt whose lease ran out changes nothing. Every call throws MongoDB's errors.
 */
export const createOutboxLane = ({
  database,
  kind,
  newClaim,
}: {
  readonly database: Database;
  readonly kind: LaneKind;
  readonly newClaim: () => string;
}) => {
  const { outbox } = database;
  return {
    /**
     * Takes up to `limit` due rows, longest due first, and leases them for `leaseMs`. A stream's
     * rows hold up to `entries` together, but one is always taken. Empty: nothing is due.
     */
    async claim(asked: {
      readonly now: Date;
      readonly limit: number;
      readonly entries: number;
      readonly leaseMs: number;
    }): Promise<Claimed> {
      const due = { status: 'pending', nextAttemptAt: { $lte: asked.now } } as const;
      const found = await outbox
        .find({ kind, ...due }, { projection: { entryCount: 1 } })
        .sort({ nextAttemptAt: 1 })
        .limit(asked.limit)
        .toArray();
      const claim = newClaim();
      const ids = upTo(asked.entries, found);
      if (ids.length === 0) return { claim, rows: [] };
      await outbox.updateMany(
        { _id: { $in: ids }, ...due },
        {
          $set: { claim, nextAttemptAt: new Date(asked.now.getTime() + asked.leaseMs) },
          $inc: { attempts: 1 },
        },
      );
      const rows = await outbox
        .find<ClaimedRow>(
          { _id: { $in: ids }, claim },
          { projection: { attempts: 1, createdAt: 1, entries: 1 } },
        )
        .toArray();
      return { claim, rows };
    },

    /** Settles claimed rows; those that somebody else owns by now stay as they are. Repeatable. */
    async settle(
      claim: string,
      settlements: readonly Settlement[],
      { now }: { readonly now: Date },
    ): Promise<void> {
      const owned = { claim, status: 'pending' } as const;
      const writes = settlements.flatMap((one) => writesOf(one, { owned, now }));
      if (writes.length > 0) await outbox.bulkWrite(writes, UNORDERED);
      const failures = settlements.filter((one) => one.kind === 'failed');
      const whole = failures.filter(({ entries }) => entries === undefined);
      const cut = failures.filter(({ entries }) => entries !== undefined);
      for (const [status, ids] of byStatus(whole)) {
        const filter = { _id: { $in: ids }, ...owned };
        const set = { error: status, lastStatus: status };
        // oxlint-disable-next-line no-await-in-loop -- one for each kind of failure
        await failRows(database, { filter, set, now });
      }
      for (const { id, status, entries } of cut) {
        const set = { error: status, lastStatus: status, entries };
        // oxlint-disable-next-line no-await-in-loop -- refused entries are rare
        await failRows(database, { filter: { _id: id, ...owned }, set, now });
      }
    },

    /** When the next row is due, which may be in the past; null when none is pending. */
    async nextDue(): Promise<Date | null> {
      const next = await outbox.findOne(
        { kind, status: 'pending' },
        { sort: { nextAttemptAt: 1 }, projection: { nextAttemptAt: 1 } },
      );
      return next?.nextAttemptAt ?? null;
    },
  };
};

/** What settles one row; nothing for failures, which are told of as well. */
const writesOf = (
  one: Settlement,
  { owned, now }: { readonly owned: Owned; readonly now: Date },
): AnyBulkWriteOperation<OutboxDocument>[] => {
  const filter = { _id: one.id, ...owned };
  switch (one.kind) {
    case 'delivered': {
      const set = { status: one.kind, deliveredAt: now, lastStatus: one.status, error: null };
      return [{ updateOne: { filter, update: { $set: set, $unset: { entries: '' } } } }];
    }
    case 'retry': {
      const told = { lastStatus: one.status, error: one.status };
      const set = { nextAttemptAt: one.at, ...told, ...leftOf(one) };
      return [{ updateOne: { filter, update: { $set: set, ...UNCLAIMED } } }];
    }
    case 'released': {
      const set = { nextAttemptAt: now, ...leftOf(one) };
      return [
        { updateOne: { filter, update: { $set: set, ...UNCLAIMED, $inc: { attempts: -1 } } } },
      ];
    }
    case 'failed':
      return [];
  }
};

/** Nobody delivers it now. */
const UNCLAIMED = { $unset: { claim: '' } } as const;

const leftOf = ({ entries }: Pick<Settlement & { kind: 'retry' }, 'entries'>) =>
  entries === undefined ? {} : { entries };

const byStatus = (
  settlements: readonly { readonly id: string; readonly status: string }[],
): readonly (readonly [status: string, ids: string[]])[] =>
  [...Map.groupBy(settlements, ({ status }) => status)].map(([status, some]) => [
    status,
    some.map(({ id }) => id),
  ]);

/** The first rows that hold up to `most` entries together; the first one whatever it holds. */
const upTo = (
  most: number,
  rows: readonly { readonly _id: string; readonly entryCount?: number }[],
): string[] => {
  const ids: string[] = [];
  let entries = 0;
  for (const { _id, entryCount = 0 } of rows) {
    entries += entryCount;
    if (ids.length > 0 && entries > most) break;
    ids.push(_id);
  }
  return ids;
};
