import { expect, test } from '@jest/globals';
import { membershipsBy } from '../../src/domain/memberships-by.ts';

/** Milliseconds between requests: four a second of people, ten a second of groups. */
const PACE = { byGroup: 260, byUser: 100 };

test.each([
  ['a company with few large groups', 10_000, 20, 30_000, 'group'],
  ['a hundred thousand people in a thousand groups', 100_000, 1000, 1_000_000, 'group'],
  ['as many groups as people', 2000, 2000, 4000, 'user'],
  ['two thousand tiny groups of two thousand five hundred people', 2500, 2000, 5000, 'user'],
  [
    'the same groups of three thousand people, which would save too little',
    3000,
    2000,
    5000,
    'group',
  ],
  ['a small company', 25, 5, 30, 'group'],
  ['few people in a great many groups', 50, 5000, 5000, 'user'],
  ['everybody in fifty groups of everybody', 10_000, 50, 500_000, 'group'],
  ['everybody in hundreds of groups of everybody', 10_000, 400, 4_000_000, 'user'],
  ['a first backfill, before any membership is known', 1000, 3000, 0, 'user'],
  ['groups and nobody', 0, 100, 0, 'group'],
  ['people and no group', 100, 0, 0, 'group'],
  ['nothing at all', 0, 0, 0, 'group'],
] as const)(
  '%s: %i people, %i groups, %i memberships: by %s',
  (_what, people, groups, memberships, by) => {
    expect(membershipsBy({ people, groups, memberships }, PACE)).toBe(by);
  },
);

test('slower requests for the groups of people make that way less worth', () => {
  const known = { people: 2000, groups: 2000, memberships: 4000 };
  expect(membershipsBy(known, { byGroup: 260, byUser: 260 })).toBe('group');
});
