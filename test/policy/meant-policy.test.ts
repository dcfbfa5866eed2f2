import { expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { checkPolicy } from '../../src/policy/check-policy.ts';
import { meantPolicy } from '../../src/policy/meant-policy.ts';

const GENERAL = {
  linking: { by: 'email', domains: ['example.com'] },
  onDirectoryDeleted: 'deprovision',
  welcomeMail: 'all',
  roles: { groups: [{ group: 'Engineering', roles: ['admin'] }], workos: {} },
};

const meant = (general: object, own: object) => {
  const { policy, doubted } = meantPolicy({ general: checkPolicy(general), own: checkPolicy(own) });
  return { policy, doubted: [...doubted].toSorted() };
};

test('sound documents stand over one another key by key, and nothing is doubted', () => {
  expect(meant(GENERAL, { retentionDays: 7 })).toEqual({
    policy: { ...DEFAULT_POLICY, ...GENERAL, retentionDays: 7 },
    doubted: [],
  });
});

test('a wrong key of a directory does not fall back to what the default document allows', () => {
  const { policy, doubted } = meant(GENERAL, {
    linking: { by: 'nobody' },
    onDirectoryDeleted: 'Freeze',
    welcomeMail: 'never',
  });
  expect(doubted).toEqual(['linking', 'onDirectoryDeleted', 'welcomeMail']);
  expect(policy).toMatchObject({
    linking: { by: 'none' },
    onDirectoryDeleted: 'freeze',
    welcomeMail: 'none',
    roles: GENERAL.roles,
  });
});

test('a key that no policy has casts doubt on all that its document does not say', () => {
  const { policy, doubted } = meant(GENERAL, { Roles: {}, linking: GENERAL.linking });
  expect(doubted).toContain('roles');
  expect(doubted).toContain('onDirectoryDeleted');
  expect(doubted).not.toContain('linking');
  expect(policy.linking).toEqual(GENERAL.linking);
});

test('what a directory says itself is not doubted for what is wrong in the default document', () => {
  const own = { roles: { groups: [], workos: {} } };
  expect(meant({ roles: 'none' }, own).doubted).toEqual([]);
  expect(meant({ roles: 'none' }, {}).doubted).toEqual(['roles']);
});
