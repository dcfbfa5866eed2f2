import { describe, expect, test } from '@jest/globals';

import {
  directoryStateOf,
  type DirectoryRecord,
  frozenUntil,
  haltsOf,
  isReadSince,
  syncStatusOf,
} from '../../src/domain/directory.ts';
import { effectivePolicy, DEFAULT_POLICY, hardDeleteTime } from '../../src/domain/policy.ts';
import { createDirectoryInMemory, NEW_DIRECTORY } from './directory-in-memory.ts';
import { at, directoryActivated, directoryDeleted, fence, told } from './observations.ts';

const deleted = (): DirectoryRecord => {
  const directory = createDirectoryInMemory();
  directory.apply([told(directoryActivated(at(1))), told(directoryDeleted(at(5)))]);
  return directory.directory();
};

describe('the sync status', () => {
  test.each<[string, DirectoryRecord]>([
    ['pending', NEW_DIRECTORY],
    ['active', { ...NEW_DIRECTORY, lastSyncedAt: 1 }],
    ['backfilling', { ...NEW_DIRECTORY, backfilling: 1 }],
    ['backfilling', { ...NEW_DIRECTORY, backfilling: 2, lastSyncedAt: 1 }],
    ['frozen', { ...NEW_DIRECTORY, connection: 'unlinked', backfilling: 1 }],
    ['frozen', { ...deleted(), backfilling: 1, lastSyncedAt: 1 }],
    ['active', { ...deleted(), thawed: at(6), lastSyncedAt: 1 }],
    ['paused', { ...deleted(), paused: true }],
    ['paused', { ...NEW_DIRECTORY, paused: true, backfilling: 1 }],
    ['active', { ...NEW_DIRECTORY, connection: 'invalid_credentials', lastSyncedAt: 1 }],
  ])('is %s', (status, record) => {
    expect(syncStatusOf(record)).toBe(status);
  });
});

describe('what a frozen directory waits for', () => {
  test('is nothing while it is not frozen', () => {
    expect(frozenUntil(NEW_DIRECTORY)).toBe(null);
    expect(frozenUntil({ ...NEW_DIRECTORY, paused: true })).toBe(null);
    expect(frozenUntil({ ...deleted(), thawed: at(6) })).toBe(null);
  });

  test('is an activation where it was deleted, also where WorkOS no longer knows it', () => {
    const expected = { version: at(5), awaits: ['dsync.activated'] };
    expect(frozenUntil(deleted())).toEqual(expected);
    expect(frozenUntil({ ...deleted(), connection: 'unlinked' })).toEqual(expected);
  });

  test('is an activation or its deletion where WorkOS only no longer knows it', () => {
    expect(frozenUntil({ ...NEW_DIRECTORY, connection: 'unlinked' })).toEqual({
      version: fence(0),
      awaits: ['dsync.activated', 'dsync.deleted'],
    });
  });
});

test.each<[readonly string[], DirectoryRecord]>([
  [[], NEW_DIRECTORY],
  [['paused'], { ...NEW_DIRECTORY, paused: true }],
  [['frozen'], deleted()],
  [['frozen'], { ...NEW_DIRECTORY, connection: 'unlinked' }],
  [['paused', 'frozen'], { ...deleted(), paused: true }],
  [['paused'], { ...deleted(), paused: true, thawed: at(6) }],
])('a directory halts for each reason at once: %j', (halts, record) => {
  expect(haltsOf(record)).toEqual(halts);
});

describe('a directory', () => {
  test('that WorkOS deleted says so whatever its connection was', () => {
    expect(directoryStateOf(deleted())).toBe('deleted');
    expect(directoryStateOf({ ...NEW_DIRECTORY, connection: 'validating' })).toBe('validating');
  });

  test('is frozen by its deletion, and freed by a newer activation that owes a backfill', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(directoryActivated(at(1)))]);
    directory.apply([told(directoryDeleted(at(5)))]);
    expect(syncStatusOf(directory.directory())).toBe('frozen');
    const plan = directory.apply([told(directoryActivated(at(6)))]);
    expect(plan.directory.owesBackfill).toBe(true);
    expect(syncStatusOf(directory.directory())).toBe('pending');
  });

  test('is not revived by an activation that its deletion overtook', () => {
    const directory = createDirectoryInMemory();
    directory.apply([told(directoryDeleted(at(5)))]);
    const plan = directory.apply([told(directoryActivated(at(1)))]);
    expect(plan.directory.owesBackfill).toBe(false);
    expect(syncStatusOf(directory.directory())).toBe('frozen');
  });
});

const readAt = (seconds: number): DirectoryRecord => ({
  ...NEW_DIRECTORY,
  record: { ...NEW_DIRECTORY.record, life: { alive: fence(seconds * 1000), deletions: [] } },
});

describe('an activation', () => {
  // A fence lies two seconds before its listing, and the header that names it has whole seconds.
  test.each<[string, boolean, DirectoryRecord, number]>([
    ['nobody reads the directory', false, NEW_DIRECTORY, 10_000],
    ['the backfill that reads it is younger', true, { ...readAt(9), backfilling: 1 }, 11_999],
    ['the backfill that reads it is older', false, { ...readAt(9), backfilling: 1 }, 12_000],
    ['a younger one has read it whole', true, { ...readAt(9), lastSyncedAt: 9000 }, 11_999],
    ['a younger one has failed', false, { ...readAt(9), lastSyncedAt: 8000 }, 11_999],
  ])('where %s: read since %s', (_where, since, record, time) => {
    expect(isReadSince(record, at(time))).toBe(since);
  });
});

describe('the policy', () => {
  test('takes a directory’s own keys over the general ones over the built-in ones', () => {
    expect(
      effectivePolicy({ retentionDays: 30, welcomeMail: 'none' }, { retentionDays: 7 }),
    ).toEqual({ ...DEFAULT_POLICY, retentionDays: 7, welcomeMail: 'none' });
    expect(effectivePolicy(null, null)).toEqual(DEFAULT_POLICY);
  });

  test('hard-deletes after days that may be fractional', () => {
    expect(hardDeleteTime(1_000, DEFAULT_POLICY)).toBe(1_000 + 90 * 86_400_000);
    expect(hardDeleteTime(1_000, { ...DEFAULT_POLICY, retentionDays: 0.5 })).toBe(43_201_000);
    const second = { ...DEFAULT_POLICY, retentionDays: 1 / 86_400 };
    expect(new Date(hardDeleteTime(1_000, second)).getTime()).toBe(2_000);
  });
});
