import Table from 'cli-table3';
import type { ApplyReport } from './apply.ts';
import type { LeaverReport } from './leaver.ts';
import type { Percentiles } from './percentiles.ts';
import type { StatsReport } from './stats.ts';

/** One part's outcome as a table for people. */
export const tableOf = (report: ApplyReport | LeaverReport | StatsReport): string => {
  switch (report.part) {
    case 'apply':
      return applyTable(report);
    case 'leaver':
      return leaverTable(report);
    case 'stats':
      return statsTable(report);
  }
};

const verdict = (reached: boolean): string => (reached ? 'reached' : 'NOT reached');

const applyTable = (report: ApplyReport): string => {
  const { raw, ratio, resulting } = report;
  const table = new Table({ head: ['apply', 'count', 'ms', 'per second', 'ratio'], style: PLAIN });
  table.push(
    [
      `events applied, ${report.directories} directories`,
      report.events,
      report.applyMs,
      report.eventsPerSecond,
      '',
    ],
    [
      'raw upserts, indexed like the product',
      resulting.documents,
      raw.indexedMs,
      raw.indexedPerSecond,
      ratio.indexed,
    ],
    [
      'raw upserts, no index but _id',
      resulting.documents,
      raw.plainMs,
      raw.plainPerSecond,
      ratio.plain,
    ],
  );
  return [
    table.toString(),
    `on ${report.server}; not applied: ${report.notApplied}; wanted ratio to the indexed line at least ${ratio.wanted}: ${verdict(report.reached)}`,
  ].join('\n');
};

const row = (name: string, of: Percentiles) => [
  name,
  ...[of.count, of.p50, of.p90, of.p99, of.max].map((value) => value ?? '–'),
];

const leaverTable = (report: LeaverReport): string => {
  const head = ['leaver, ms to commit', 'count', 'p50', 'p90', 'p99', 'max'];
  const table = new Table({ head, style: PLAIN });
  table.push(
    row('of a quiet directory', report.quiet),
    row('of the directory under backfill', report.underBackfill),
    row('all, from before the request', report.all),
    row('all, from receivedAt', report.fromReceipt),
  );
  const { usersAtEnd, stillRunning } = report.backfill;
  return [
    table.toString(),
    `on ${report.server}; backfill of ${report.people}: ${usersAtEnd} people at the end, ${stillRunning ? 'still running' : 'ended'}; not in time: ${report.notInTime}; wanted p99 under ${report.wantedP99} ms: ${verdict(report.reached)}`,
  ].join('\n');
};

const statsTable = (report: StatsReport): string => {
  const { ledger } = report;
  const head = ['stats, ms', 'count', 'p50', 'p90', 'p99', 'max'];
  const table = new Table({ head, style: PLAIN });
  table.push(...report.queries.map(({ query, ms }) => row(query, ms)));
  return [
    table.toString(),
    `on ${report.server}; ${ledger.events} events, ${ledger.auditEntries} audit entries and ${ledger.people} people of ${ledger.directories} directories`,
  ].join('\n');
};

const PLAIN = { head: [], border: [] };
