import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { inventedBeside, inventedKind, isTestEventId, testIds } from '../../src/domain/test-ids.ts';

const digits = '0123456789abcdef0123456789abcdef';

test('what a test event invents is recognised, with what was invented beside it', () => {
  const ids = testIds(digits);
  expect(isTestEventId(ids.event)).toBe(true);
  expect([ids.directory, ids.user, ids.group, ids.event].map(inventedKind)).toEqual([
    'directory',
    'user',
    'group',
    null,
  ]);
  expect(inventedBeside(ids.event)).toEqual(ids);
});

test('no id of WorkOS is taken for an invented one', () => {
  const ulid = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  fc.assert(
    fc.property(ulid, (id) => {
      expect(isTestEventId(`event_${id}`)).toBe(false);
      expect(inventedKind(`directory_user_${id}`)).toBeNull();
    }),
  );
});

test.each([
  'event_test_',
  'event_test_abc',
  `event_test_${digits.toUpperCase()}`,
  `event_test_${digits}0`,
  `x_event_test_${digits}`,
  'wh_test',
])('%s is no test event', (id) => {
  expect(isTestEventId(id)).toBe(false);
});
