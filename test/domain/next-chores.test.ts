import { describe, expect, test } from '@jest/globals';
import { nextChores, type Owed, type UnderWay } from '../../src/domain/next-chores.ts';

const NOTHING_OWED: Owed = {
  syncStatus: 'active',
  backfill: false,
  backfilling: null,
  readInMs: null,
  deprovision: false,
  endings: false,
  derivations: false,
  nextPurge: null,
};

const IDLE: UnderWay = {
  running: null,
  ended: 0,
  wanted: false,
  refused: false,
  paying: false,
  refreshing: false,
  chunking: false,
  armed: null,
  armedAt: 0,
  now: 0,
};

const chores = (owed: Partial<Owed>, under: Partial<UnderWay> = {}) =>
  nextChores({ ...NOTHING_OWED, ...owed }, { ...IDLE, ...under });

describe('a backfill', () => {
  test.each<[string, Partial<Owed>, Partial<UnderWay>, 'begin' | 'resume' | null]>([
    ['begins when it is owed', { backfill: true }, {}, 'begin'],
    ['begins when an operator wants it', {}, { wanted: true }, 'begin'],
    ['begins when wanted though the last one failed', {}, { wanted: true, refused: true }, 'begin'],
    ['waits after a failure', { backfill: true }, { refused: true }, null],
    ['waits for the one that runs', { backfill: true }, { running: 3, wanted: true }, null],
    ['is resumed when nobody runs it', { backfilling: 3 }, { ended: 2 }, 'resume'],
    ['is not resumed once it has said that it ended', { backfilling: 3 }, { ended: 3 }, null],
    ['does not begin while paused', { backfill: true, syncStatus: 'paused' }, {}, null],
    ['does not begin while frozen', { syncStatus: 'frozen' }, { wanted: true }, null],
  ])('%s', (_rule, owed, under, wanted) => {
    expect(chores(owed, under).backfill).toBe(wanted);
  });
});

describe('the retention timer', () => {
  test.each<[string, number | null, number | null, boolean]>([
    ['is armed at the first sight of a leaver', 9, null, true],
    ['is armed again when the next day is another', 5, 9, true],
    ['is left alone while the day is the same', 9, 9, false],
    ['is left alone when nobody waits', null, 9, false],
  ])('%s', (_rule, nextPurge, armed, wanted) => {
    expect(chores({ nextPurge }, { armed }).arm).toBe(wanted);
  });

  test('is armed again, once an hour, when it has not fired an hour after the day', () => {
    const hour = 3_600_000;
    for (const [armedAt, now, wanted] of [
      [0, hour, false],
      [0, hour + 10, true],
      [hour, hour + 10, false],
      [hour, 2 * hour + 10, true],
    ] as const)
      expect(chores({ nextPurge: 9 }, { armed: 9, armedAt, now }).arm).toBe(wanted);
  });
});

test('owed reads are paid once they are due, one call at a time, and not while halted', () => {
  expect(chores({ readInMs: 0 }).payReads).toBe(true);
  expect(chores({ readInMs: 10 }).payReads).toBe(false);
  expect(chores({ readInMs: 0 }, { paying: true }).payReads).toBe(false);
  expect(chores({ readInMs: 0, syncStatus: 'paused' }).payReads).toBe(false);
});

test('memberships are ended before accounts are derived, also of a frozen directory', () => {
  expect(chores({ endings: true, derivations: true }).chunk).toBe('end-memberships');
  expect(chores({ deprovision: true, endings: true }).chunk).toBe('deprovision');
  expect(chores({ derivations: true, syncStatus: 'frozen' }).chunk).toBe('derive');
  expect(chores({ endings: true }, { chunking: true }).chunk).toBeNull();
  expect(chores({}).chunk).toBeNull();
});
