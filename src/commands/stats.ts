import type { CommandDeps } from './command-deps.ts';
import { knownDirectory } from './count-directories.ts';
import { duration, table } from './layout.ts';
import type { Outcome } from './outcome.ts';

const DAY_MS = 86_400_000;
const LATENCY_SAMPLE = 10_000;

/** Counts events and audited changes of the last days, of one directory or all. Changes nothing. */
export const stats = async (
  deps: Pick<CommandDeps, 'database' | 'now'>,
  { directory, days }: { readonly directory?: string; readonly days: number },
): Promise<Outcome> => {
  const { events, auditLog } = deps.database();
  if (directory !== undefined) await knownDirectory(deps.database(), directory);
  const since = new Date(deps.now().getTime() - days * DAY_MS);
  const of = directory === undefined ? {} : { directoryId: directory };
  const [received, changed, settled] = await Promise.all([
    events
      .aggregate<{ _id: { type: string; status: string }; count: number }>([
        { $match: { ...of, receivedAt: { $gte: since } } },
        { $group: { _id: { type: '$type', status: '$status' }, count: { $sum: 1 } } },
      ])
      .toArray(),
    auditLog
      .aggregate<{ _id: string; count: number }>([
        { $match: { ...of, at: { $gte: since } } },
        { $group: { _id: '$type', count: { $sum: 1 } } },
      ])
      .toArray(),
    events
      .find(
        { ...of, status: 'applied', receivedAt: { $gte: since } },
        { projection: { receivedAt: 1, settledAt: 1 } },
      )
      .sort({ receivedAt: -1 })
      .limit(LATENCY_SAMPLE)
      .toArray(),
  ]);
  const byType = received
    .map(({ _id, count }) => ({ type: _id.type, status: _id.status, count }))
    .toSorted((a, b) => a.type.localeCompare(b.type) || a.status.localeCompare(b.status));
  const changes = changed
    .map(({ _id, count }) => ({ type: _id, count }))
    .toSorted((a, b) => a.type.localeCompare(b.type));
  const times = settled
    .flatMap(({ receivedAt, settledAt }) =>
      settledAt === null ? [] : [settledAt.getTime() - receivedAt.getTime()],
    )
    .toSorted((a, b) => a - b);
  const latency = {
    sample: times.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  };
  return {
    data: { directory: directory ?? null, days, since, events: byType, changes, latency },
    text: [
      `Last ${days} days${directory === undefined ? '' : ` of ${directory}`}`,
      `\nEvents\n${table(
        ['type', 'status', 'count'],
        byType.map((row) => [row.type, row.status, row.count]),
      )}`,
      `\nChanges\n${table(
        ['type', 'count'],
        changes.map((row) => [row.type, row.count]),
      )}`,
      `\nFrom receipt to commit: ${
        latency.p50Ms === null || latency.p99Ms === null
          ? 'no applied event'
          : `median ${duration(latency.p50Ms)}, p99 ${duration(latency.p99Ms)} (newest ${latency.sample} applied events)`
      }`,
    ].join('\n'),
  };
};

/** The value below which this share of ascending values lies; null without values. */
export const quantile = (ascending: readonly number[], share: number): number | null =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? null;
