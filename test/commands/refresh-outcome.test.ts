import { expect, test } from '@jest/globals';
import { describeRefresh, differences } from '../../src/commands/refresh-outcome.ts';
import type { RefreshReport } from '../../src/store/documents.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

const report: RefreshReport = {
  _id: 'refresh/r1/ann',
  kind: 'refresh',
  directoryId: 'directory_1',
  of: 'user',
  subject: 'ann',
  requestIds: ['r1'],
  startedAt: NOW,
  endedAt: NOW,
  outcome: 'done',
  reason: null,
  counts: { listed: 1 },
  changes: [],
  samples: [],
};

test('differences are told by field, within an object by key, and never for the time of the write', () => {
  const before = { email: 'a@x', updatedAt: NOW, raw: { a: 1, b: { c: 2 } }, emails: ['a@x'] };
  const after = { email: 'b@x', updatedAt: null, raw: { a: 1, b: { c: 3 } }, emails: ['a@x'] };
  expect(differences(before, after)).toEqual([
    { field: 'email', before: 'a@x', after: 'b@x' },
    { field: 'raw.b.c', before: 2, after: 3 },
  ]);
});

test('of a new record only what it has is told', () => {
  const made = { _id: 'ann', legalHold: false, roles: [], email: null, deletedAt: NOW };
  expect(differences(null, made)).toEqual([
    { field: '_id', before: null, after: 'ann' },
    { field: 'deletedAt', before: null, after: NOW },
  ]);
  expect(differences(null, null)).toEqual([]);
});

test('the end of a refresh decides the exit code and says what to do', () => {
  expect(describeRefresh(report, []).text).toBe(
    'ann was read from WorkOS, with 1 group. Nothing changed.',
  );
  const unknown = describeRefresh({ ...report, outcome: 'failed', reason: 'workos-not-found' }, []);
  expect([unknown.exitCode, unknown.text]).toEqual([
    1,
    expect.stringContaining('`dsync resync directory_1`'),
  ]);
});
