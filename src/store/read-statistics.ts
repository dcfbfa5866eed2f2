import { addUp, countOf, lagPercentile, type LagHistogram } from '../domain/lag-histogram.ts';
import type { Database } from './database.ts';
import type { EventStatus, StatisticsDocument } from './documents.ts';
import { dayOf, firstMoment, lastDays, statisticsId, typeOfKey } from './statistics-days.ts';

/** What became of the events of one type that were received on the days asked for. Test events are left out. */
export interface TypeStatistics {
  readonly type: string;
  readonly received: number;
  readonly applied: number;
  readonly ignored: number;
  readonly parked: number;
  readonly pending: number;
  /** From receipt to commit, of those applied: never less than the true value, at most 19 % more. */
  readonly lagMs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
}

/** Statistics of whole days in UTC, the last of them today. */
export interface Statistics {
  readonly days: number;
  /** When the first day began. */
  readonly since: Date;
  readonly events: readonly TypeStatistics[];
  /** How many events were applied that were received on each day, the newest last. */
  readonly daily: readonly { readonly day: string; readonly applied: number }[];
}

/** Audited changes of one type. */
export interface ChangeCount {
  readonly type: string;
  readonly count: number;
}

interface Span {
  readonly days: number;
  readonly now: Date;
}

type From = Pick<Database, 'statistics' | 'events'>;

/** One directory's statistics; reads a document a day and the few events that are not applied. */
export const directoryStatistics = async (
  database: From,
  { directoryId, ...span }: Span & { readonly directoryId: string },
): Promise<Statistics> => {
  const ids = lastDays(span.now, span.days).map((day) => statisticsId(directoryId, day));
  const [applied, unapplied] = await Promise.all([
    tally(database.statistics.find({ _id: { $in: ids } })),
    countUnapplied(database, { directoryId }, firstMoment(span.now, span.days)),
  ]);
  return summarize(span, applied, unapplied);
};

/** The statistics of all directories, and of what belongs to none; streams a document per directory and day. */
export const allStatistics = async (database: From, span: Span): Promise<Statistics> => {
  const since = firstMoment(span.now, span.days);
  const [applied, unapplied] = await Promise.all([
    tally(database.statistics.find({ kind: 'statistics', day: { $gte: dayOf(since) } })),
    countUnapplied(database, {}, since),
  ]);
  return summarize(span, applied, unapplied);
};

/** How often each audited change happened to one directory; reads an index and no entry. */
export const directoryChanges = async (
  { auditLog }: Pick<Database, 'auditLog'>,
  { directoryId, days, now }: Span & { readonly directoryId: string },
): Promise<readonly ChangeCount[]> => {
  const since = firstMoment(now, days);
  const found = await auditLog
    .aggregate<{ _id: string; count: number }>([
      { $match: { directoryId, at: { $gte: since } } },
      { $group: { _id: '$type', count: { $sum: 1 } } },
    ])
    .toArray();
  return found
    .map(({ _id, count }) => ({ type: _id, count }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
};

/** Applied events: a histogram per type, and a number per day. */
interface Tally {
  readonly byType: ReadonlyMap<string, LagHistogram>;
  readonly byDay: ReadonlyMap<string, number>;
}

const tally = async (
  documents: Iterable<StatisticsDocument> | AsyncIterable<StatisticsDocument>,
): Promise<Tally> => {
  const byType = new Map<string, LagHistogram>();
  const byDay = new Map<string, number>();
  for await (const { day, lags } of documents) {
    for (const [key, buckets] of Object.entries(lags)) {
      const type = typeOfKey(key);
      const one = new Map(Object.entries(buckets).map(([bucket, n]) => [Number(bucket), n]));
      byType.set(type, addUp([byType.get(type) ?? new Map(), one]));
      byDay.set(day, (byDay.get(day) ?? 0) + countOf(one));
    }
  }
  return { byType, byDay };
};

interface Unapplied {
  readonly type: string;
  readonly status: Exclude<EventStatus, 'applied'>;
  readonly count: number;
}

/** Events that are not applied are few, and may yet change: they are counted where they stand. */
const countUnapplied = async (
  { events }: Pick<Database, 'events'>,
  of: { readonly directoryId?: string },
  since: Date,
): Promise<readonly Unapplied[]> => {
  const received = { $cond: [{ $gte: ['$receivedAt', since] }, 1, 0] };
  const group = {
    $group: { _id: { type: '$type', via: '$via', status: '$status' }, count: { $sum: received } },
  };
  interface Counted {
    readonly _id: Omit<Unapplied, 'count'> & { readonly via: string };
    readonly count: number;
  }
  const ofStatus = (status: Unapplied['status']): Promise<Counted[]> =>
    events
      .aggregate<Counted>([
        {
          $match: {
            ...of,
            status,
            // Those that wait have an index without this time.
            ...(status === 'pending' ? {} : { receivedAt: { $gte: since } }),
          },
        },
        group,
      ])
      .toArray();
  const found = await Promise.all([ofStatus('pending'), ofStatus('parked'), ofStatus('ignored')]);
  return found
    .flat()
    .filter(({ _id, count }) => _id.via !== 'test' && count > 0)
    .map(({ _id: { type, status }, count }) => ({ type, status, count }));
};

const summarize = (
  { days, now }: Span,
  { byType, byDay }: Tally,
  unapplied: readonly Unapplied[],
): Statistics => {
  const types = [...new Set([...byType.keys(), ...unapplied.map(({ type }) => type)])].toSorted();
  return {
    days,
    since: firstMoment(now, days),
    events: types.map((type) => {
      const lags = byType.get(type) ?? new Map();
      const applied = countOf(lags);
      const count = (status: Unapplied['status']): number =>
        unapplied
          .filter((one) => one.type === type && one.status === status)
          .reduce((sum, one) => sum + one.count, 0);
      const [ignored, parked, pending] = [count('ignored'), count('parked'), count('pending')];
      return {
        type,
        received: applied + ignored + parked + pending,
        applied,
        ignored,
        parked,
        pending,
        lagMs: {
          p50: lagPercentile(lags, 0.5),
          p95: lagPercentile(lags, 0.95),
          p99: lagPercentile(lags, 0.99),
        },
      };
    }),
    daily: lastDays(now, days).map((day) => ({ day, applied: byDay.get(day) ?? 0 })),
  };
};
