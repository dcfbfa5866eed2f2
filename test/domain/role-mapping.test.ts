import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { groupId } from '../../src/domain/ids.ts';
import {
  roleChanges,
  rolesOf,
  unmatchedNames,
  type RoleMapping,
} from '../../src/domain/role-mapping.ts';

const engineering = { id: groupId('group_1'), idpId: 'idp_1', name: 'Engineering' };
const platform = { id: groupId('group_2'), idpId: null, name: 'Platform' };

const MAPPING: RoleMapping = {
  groups: [
    { group: 'Engineering', roles: ['developer', 'api-access'] },
    { group: 'group_2', roles: ['developer'] },
  ],
  workos: { admin: ['admin'] },
};

test('a name in a mapping that no group has is told once', () => {
  const groups = ['Engineering', 'Enginering', 'group_2', 'Enginering', 'idp_1', 'engineering'].map(
    (group) => ({ group, roles: [] }),
  );
  expect(unmatchedNames({ groups, workos: {} }, [engineering, platform])).toEqual([
    'Enginering',
    'engineering',
  ]);
  const posing = { id: groupId('group_3'), idpId: null, name: 'directory_group_1' };
  const named = { groups: [{ group: 'directory_group_1', roles: [] }], workos: {} };
  expect(unmatchedNames(named, [posing])).toEqual(['directory_group_1']);
});

const ann = { enabled: true, groups: [engineering], slugs: [], manual: [] };

describe('roles', () => {
  test.each(['group_1', 'idp_1', 'Engineering'])(
    'are given by a group that is named %s',
    (name) => {
      const mapping = { groups: [{ group: name, roles: ['developer'] }], workos: {} };
      expect(rolesOf(ann, mapping)).toEqual([
        { role: 'developer', source: 'directory_sync', via: ['group_1'] },
      ]);
    },
  );

  // lightdash#24718, FusionAuth#3273
  test('stay while another group still gives them, and say which', () => {
    const both = rolesOf({ ...ann, groups: [platform, engineering] }, MAPPING);
    const one = rolesOf({ ...ann, groups: [platform] }, MAPPING);
    expect(both).toContainEqual({
      role: 'developer',
      source: 'directory_sync',
      via: ['group_1', 'group_2'],
    });
    expect(one).toEqual([{ role: 'developer', source: 'directory_sync', via: ['group_2'] }]);
    expect(roleChanges(both, one)).toEqual({ granted: [], revoked: ['api-access'] });
  });

  test('given by hand survive whatever the groups do', () => {
    const roles = rolesOf({ ...ann, groups: [], manual: ['auditor'] }, MAPPING);
    expect(roles).toEqual([{ role: 'auditor', source: 'manual', via: [] }]);
  });

  test('that WorkOS sends are mapped by slug; an unknown slug gives nothing', () => {
    const roles = rolesOf({ ...ann, groups: [], slugs: ['admin', 'toString', 'owner'] }, MAPPING);
    expect(roles).toEqual([{ role: 'admin', source: 'workos', via: [] }]);
  });

  test('are none while the person is not enabled', () => {
    expect(rolesOf({ ...ann, enabled: false, manual: ['auditor'] }, MAPPING)).toEqual([]);
  });

  // netscript#877: unknown groups fail closed.
  test('are none of a group that no entry names', () => {
    expect(rolesOf({ ...ann, groups: [{ ...engineering, name: 'Sales' }] }, MAPPING)).toEqual([]);
  });

  test('are a set: the order and the repetition of what gives them do not matter', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([engineering, platform]), fc.boolean(), (groups, twice) => {
        const shuffled = rolesOf(
          { ...ann, groups: twice ? [...groups, ...groups] : groups },
          MAPPING,
        );
        const sorted = rolesOf(
          { ...ann, groups: groups.toSorted((a, b) => (a.id < b.id ? -1 : 1)) },
          MAPPING,
        );
        expect(shuffled).toEqual(sorted);
      }),
    );
  });

  test('change once: a second source of the same role grants nothing', () => {
    const before = rolesOf({ ...ann, manual: ['developer'] }, MAPPING);
    const after = rolesOf({ ...ann, groups: [], manual: ['developer'] }, MAPPING);
    expect(roleChanges(before, after)).toEqual({ granted: [], revoked: ['api-access'] });
  });

  test('named by a WorkOS id are not given by another group that is called like it', () => {
    const mapping = {
      groups: [{ group: 'directory_group_01A', roles: ['admin'] }],
      workos: {},
    };
    const named = { ...engineering, name: 'directory_group_01A' };
    expect(rolesOf({ ...ann, groups: [named] }, mapping)).toEqual([]);
  });
});
