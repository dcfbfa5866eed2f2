import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { AUDIT_TYPES } from '../../src/domain/effect.ts';
import { datadogLine, SERVICE } from '../../src/effects/datadog-sink.ts';
import { auditEntry, eventEntry, failureEntry } from '../../src/effects/stream-entry.ts';
import type { AuditDocument, OutboxDocument } from '../../src/store/documents.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const file = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../docs/datadog/${name}`, import.meta.url), 'utf8'));

/** Every attribute that the stream sends, by the kind of line. */
const sent: Readonly<Record<string, ReadonlySet<string>>> = (() => {
  const event = eventEntry(
    {
      _id: 'event_1',
      type: 'dsync.user.deleted',
      directoryId: 'directory_1',
      status: 'parked',
      receivedAt: NOW,
      settledAt: NOW,
      via: 'poll',
      error: 'payload-invalid: data.id',
    },
    'org_1',
  );
  const audit: AuditDocument = {
    _id: 'a',
    at: NOW,
    type: 'dsync.error',
    directoryId: 'directory_1',
    organizationId: 'org_1',
    userId: 'ada',
    groupId: 'group_1',
    eventId: 'event_1',
    reason: 'complete',
    actor: 'directory_sync',
    severity: 'error',
    metadata: { users: 3 },
  };
  const row: OutboxDocument = {
    _id: 'webhook:a',
    kind: 'webhook',
    directoryId: 'directory_1',
    status: 'failed',
    attempts: 10,
    nextAttemptAt: NOW,
    deliveredAt: null,
    lastStatus: 'http-500',
    error: 'http-500',
    createdAt: NOW,
  };
  const failure = failureEntry(row, { at: NOW, organizationId: 'org_1' });
  return Object.fromEntries(
    [event, auditEntry(audit), failure].map((entry) => {
      const { dsync } = datadogLine(entry, NOW);
      return [String(dsync['kind']), new Set(Object.keys(dsync))];
    }),
  );
})();

interface Query {
  readonly search: string;
  /** Attributes that it groups by, measures or searches. */
  readonly attributes: readonly string[];
}

const attributesIn = (text: string): readonly string[] =>
  [...text.matchAll(/@dsync\.([a-z_]+)/g)].map(([, name]) => name ?? '');

const monitors = file('monitors.json') as readonly {
  readonly query: string;
  readonly name: string;
}[];
const dashboard = file('dashboard.json') as { readonly widgets: readonly unknown[] };

/** Whatever in a file looks like one, at any depth. */
const objectsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Readonly<Record<string, unknown>>;
  return [record, ...Object.values(record).flatMap((one) => objectsIn(one))];
};

const queries: readonly Query[] = [
  ...monitors.map(({ query }) => ({
    search: /^logs\("([^"]+)"\)/.exec(query)?.[1] ?? '',
    attributes: attributesIn(query),
  })),
  ...objectsIn(dashboard)
    .filter(({ data_source: source }) => source === 'logs' || source === 'logs_stream')
    .map((query) => ({
      search: (query['query_string'] ?? (query['search'] as { query: string }).query) as string,
      attributes: attributesIn(JSON.stringify(query)),
    })),
];

test('every query of the dashboard and the monitors asks for lines that the stream sends', () => {
  expect(queries.length).toBeGreaterThan(20);
  for (const { search, attributes } of queries) {
    expect(search).toContain(`service:${SERVICE}`);
    const [, kind] = /@dsync\.kind:(\w+)/.exec(search) ?? [];
    const known = kind === undefined ? Object.values(sent) : [sent[kind] ?? new Set()];
    for (const name of attributes)
      expect([search, name, known.some((names) => names.has(name))]).toEqual([search, name, true]);
  }
});

test('every column and template variable of the dashboard is an attribute that the stream sends', () => {
  const all = new Set(Object.values(sent).flatMap((names) => [...names]));
  const named = attributesIn(JSON.stringify(dashboard));
  expect(named.filter((name) => !all.has(name))).toEqual([]);
});

test('every type, status and code that a query looks for exists', () => {
  const types = queries.flatMap(({ search }) =>
    [...search.matchAll(/@dsync\.type:(?:\(([^)]*)\)|(\S+))/g)].flatMap(([, many, one]) =>
      (many ?? one ?? '').split(' OR '),
    ),
  );
  expect(types.length).toBeGreaterThan(5);
  expect(types.filter((type) => !AUDIT_TYPES.some((known) => known === type))).toEqual([]);
  const statuses = queries.flatMap(({ search }) =>
    [...search.matchAll(/@dsync\.status:(\w+)/g)].map(([, status]) => status),
  );
  expect(new Set(statuses)).toEqual(new Set(['applied', 'parked']));
});

test('each formula of the dashboard names a query beside it', () => {
  for (const request of objectsIn(dashboard).filter((one) => Array.isArray(one['formulas']))) {
    const { queries: beside, formulas } = request as unknown as {
      queries: { name: string }[];
      formulas: { formula: string }[];
    };
    expect(beside.map(({ name }) => name)).toEqual(
      expect.arrayContaining(formulas.map(({ formula }) => formula)),
    );
  }
});

test('there is a monitor for each thing that needs a person', () => {
  const all = monitors.map(({ query }) => query).join('\n');
  for (const wanted of [
    '@dsync.lag_ms',
    '@dsync.status:parked',
    '@dsync.kind:effect',
    'directory.invalid_credentials',
    'user.deprovisioned',
    '@dsync.type:dsync.error',
  ])
    expect(all).toContain(wanted);
  for (const { query } of monitors)
    expect(query).toMatch(/^logs\(".+"\)\.index\("\*"\)\.rollup\(.+\)\.last\("\d+m"\) > \d+$/);
});
