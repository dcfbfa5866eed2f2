import {
  allStatistics,
  directoryChanges,
  directoryStatistics,
  type ChangeCount,
  type Statistics,
} from '../store/read-statistics.ts';
import type { CommandDeps } from './command-deps.ts';
import { requireDirectory } from './require-directory.ts';
import { duration, table } from './layout.ts';
import type { Outcome } from './outcome.ts';

/** Counts the events of the last days, of one directory with its audited changes, or of all. Changes nothing. */
export const stats = async (
  deps: Pick<CommandDeps, 'database' | 'now'>,
  { directory, days }: { readonly directory?: string; readonly days: number },
): Promise<Outcome> => {
  const database = deps.database();
  const span = { days, now: deps.now() };
  if (directory === undefined) {
    const statistics = await allStatistics(database, span);
    return {
      data: { directory: null, ...statistics },
      text: [
        `Last ${days} days of all directories`,
        eventsTable(statistics),
        '\nName a directory for its changes.',
      ].join('\n'),
    };
  }
  await requireDirectory(database, directory);
  const [statistics, changes] = await Promise.all([
    directoryStatistics(database, { directoryId: directory, ...span }),
    directoryChanges(database, { directoryId: directory, ...span }),
  ]);
  return {
    data: { directory, ...statistics, changes },
    text: [
      `Last ${days} days of ${directory}`,
      eventsTable(statistics),
      `\nChanges\n${changesTable(changes)}`,
    ].join('\n'),
  };
};

const eventsTable = ({ events }: Statistics): string =>
  `\nEvents by type, and the time from receipt to commit\n${table(
    ['type', 'received', 'applied', 'ignored', 'parked', 'pending', 'p50', 'p95', 'p99'],
    events.map((row) => [
      row.type,
      row.received,
      row.applied,
      row.ignored,
      row.parked,
      row.pending,
      shortOrNone(row.lagMs.p50),
      shortOrNone(row.lagMs.p95),
      shortOrNone(row.lagMs.p99),
    ]),
  )}`;

const changesTable = (changes: readonly ChangeCount[]): string =>
  table(
    ['type', 'count'],
    changes.map(({ type, count }) => [type, count]),
  );

const shortOrNone = (ms: number | null): string | null => (ms === null ? null : duration(ms));
