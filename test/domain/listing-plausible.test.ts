import { expect, test } from '@jest/globals';
import { implausible, type ListingCounts } from '../../src/domain/listing-plausible.ts';

const counts = (fields: Partial<ListingCounts>): ListingCounts => ({
  of: 'users',
  listed: 100,
  known: 100,
  missing: 0,
  told: null,
  moved: 0,
  ...fields,
});

/** What the same doubt about groups is called. */
const OF_GROUPS = {
  'listing-empty': 'listing-groups-empty',
  'listing-count-differs': 'listing-groups-differ',
  'listing-too-small': 'listing-groups-small',
};

test.each<[keyof typeof OF_GROUPS | null, string, Partial<ListingCounts>]>([
  [null, 'that shows everybody', {}],
  [null, 'of a directory that was always empty', { listed: 0, known: 0 }],
  ['listing-empty', 'that is empty where people are known', { listed: 0, missing: 100 }],
  ['listing-empty', 'that is empty where one person is known', { listed: 0, known: 1, missing: 1 }],
  [
    'listing-empty',
    'that is empty, though the directory agrees',
    { listed: 0, missing: 100, told: { before: 0, after: 0 } },
  ],
  [null, 'that shows half of the people', { listed: 50, missing: 50 }],
  ['listing-too-small', 'that shows less than half', { listed: 49, missing: 51 }],
  [null, 'that lacks five of seven', { listed: 2, known: 7, missing: 5 }],
  ['listing-too-small', 'that lacks six of eight', { listed: 2, known: 8, missing: 6 }],
  ['listing-too-small', 'that shows one person many times', { listed: 100, missing: 99 }],
  [
    null,
    'that is small, and the directory agrees',
    { listed: 1, missing: 99, told: { before: 1, after: 1 } },
  ],
  [null, 'between two counts', { listed: 100, told: { before: 99, after: 101 } }],
  [null, 'between two falling counts', { listed: 100, told: { before: 101, after: 99 } }],
  ['listing-count-differs', 'of fewer than told', { listed: 98, told: { before: 99, after: 100 } }],
  ['listing-count-differs', 'of more than told', { listed: 101, told: { before: 99, after: 100 } }],
  [
    null,
    'of more than told, while three came and three left',
    { listed: 101, told: { before: 100, after: 100 }, moved: 6 },
  ],
  [
    'listing-count-differs',
    'of fewer than those who moved explain',
    { listed: 94, told: { before: 100, after: 101 }, moved: 5 },
  ],
  [
    'listing-too-small',
    'that only a storm of events would explain',
    { listed: 10, missing: 90, told: { before: 100, after: 100 }, moved: 1000 },
  ],
])('%s: a listing %s', (doubt, _listing, fields) => {
  expect(implausible(counts(fields))).toBe(doubt);
  expect(implausible(counts({ ...fields, of: 'groups' }))).toBe(
    doubt === null ? null : OF_GROUPS[doubt],
  );
});
