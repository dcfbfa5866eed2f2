import { expect, test } from '@jest/globals';
import {
  afterComplete,
  afterFailure,
  afterShown,
  type ConnectionStanding,
} from '../../src/domain/connection.ts';

const LINKED: ConnectionStanding = { connection: 'linked', refusal: null, attention: null };
const fail = (before: ConnectionStanding, reason: string, at: number, hasContact = true) =>
  afterFailure(before, { reason, hasContact, at });

test('a refusal that lasts keeps the time it began, so that it has one mail', () => {
  const first = fail(LINKED, 'invalid-credentials', 1);
  const second = fail(first.standing, 'invalid-credentials', 2);
  expect(first.audit).toBe('directory.invalid_credentials');
  expect(second).toMatchObject({ audit: null, mail: { since: 1 } });
  expect(fail(afterShown(second.standing, 'linked'), 'invalid-credentials', 3)).toMatchObject({
    audit: 'directory.invalid_credentials',
    mail: { since: 3 },
  });
});

test('a listing that is refused after invalid credentials is another reason to write', () => {
  const state = fail(LINKED, 'invalid-credentials', 1);
  expect(fail(state.standing, 'listing-refused', 2)).toMatchObject({
    audit: null,
    mail: { reason: 'listing-refused', since: 2 },
  });
});

test('without a contact nobody is written to, and the attention says so', () => {
  expect(fail(LINKED, 'listing-refused', 1, false)).toMatchObject({
    mail: null,
    standing: { attention: 'listing-refused-no-contact' },
  });
});

test('a refused key of ours leaves the connection as it is, and is over once it is taken', () => {
  const first = fail(LINKED, 'workos-unauthorized', 1);
  expect(first).toEqual({
    standing: { ...LINKED, attention: 'workos-unauthorized' },
    audit: 'dsync.error',
    mail: null,
  });
  expect(fail(first.standing, 'workos-unauthorized', 2).audit).toBeNull();
  expect(afterShown(first.standing, 'linked')).toEqual(LINKED);
});

test.each(['workos-not-found', 'directory-unlinked'])('%s unlinks the directory once', (reason) => {
  const first = fail(LINKED, reason, 1);
  expect(first).toMatchObject({
    audit: 'directory.unlinked',
    standing: { connection: 'unlinked', attention: reason },
  });
  expect(fail(first.standing, reason, 2).audit).toBeNull();
});

test('a refused listing is over only with a complete backfill', () => {
  const { standing } = fail(LINKED, 'listing-refused', 1);
  expect(afterShown(standing, 'linked')).toEqual(standing);
  expect(afterComplete(standing)).toEqual(LINKED);
});

test('a complete backfill answers what backfills asked, and nothing else', () => {
  for (const attention of [
    'listing-empty',
    'workos-bad-request',
    'invalid-credentials-no-contact',
    'directory-unlinked',
    'directory-deleting',
    'unexpected-failure',
  ])
    expect(afterComplete({ ...LINKED, attention }).attention).toBeNull();
  for (const attention of ['directory-deleted', 'policy-invalid', 'account-refused'])
    expect(afterComplete({ ...LINKED, attention }).attention).toBe(attention);
  expect(afterShown({ ...LINKED, attention: 'listing-empty' }, 'linked').attention).not.toBeNull();
});
