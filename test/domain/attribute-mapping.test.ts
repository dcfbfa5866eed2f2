import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mapAttributes } from '../../src/domain/attribute-mapping.ts';
import { parseAttributePath } from '../../src/domain/attribute-path.ts';
import type { UserContent } from '../../src/domain/observation.ts';
import { at, person } from './observations.ts';

const EXTENSION = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const content = (of: Partial<UserContent>): UserContent => {
  const seen = person('ann', at(1), of);
  if (seen.shows !== 'alive') throw new Error('a person is alive');
  return seen.content;
};

const raw = (rawAttributes: Record<string, unknown>) =>
  mapAttributes({}, content({ rawAttributes }));

describe('the nine attributes', () => {
  test('are all there, and null where the directory gives none', () => {
    expect(mapAttributes({}, content({}))).toEqual({
      department: null,
      jobTitle: null,
      employeeId: null,
      managerId: null,
      officeLocation: null,
      phoneNumber: null,
      division: null,
      costCenter: null,
      orgUnitPath: null,
    });
  });

  test.each([
    ['department', { department: 'Ops' }],
    ['department', { [EXTENSION]: { department: 'Ops' } }],
    ['department', { [`${EXTENSION}:department`]: 'Ops' }],
    ['jobTitle', { job_title: 'Ops' }],
    ['jobTitle', { title: 'Ops' }],
    ['jobTitle', { jobTitle: 'Ops' }],
    ['employeeId', { employee_number: 'Ops' }],
    ['employeeId', { employeeNumber: 'Ops' }],
    ['employeeId', { employeeId: 'Ops' }],
    ['employeeId', { [EXTENSION]: { employeeNumber: 'Ops' } }],
    ['managerId', { manager: 'Ops' }],
    ['managerId', { manager: { value: 'Ops', displayName: 'Boss' } }],
    ['managerId', { [EXTENSION]: { manager: { value: 'Ops' } } }],
    ['managerId', { [EXTENSION]: { manager: 'Ops' } }],
    ['officeLocation', { location: 'Ops' }],
    ['officeLocation', { physicalDeliveryOfficeName: 'Ops' }],
    ['phoneNumber', { phoneNumbers: [{ type: 'work', value: 'Ops' }] }],
    ['phoneNumber', { phoneNumbers: ['Ops', 'other'] }],
    ['phoneNumber', { phoneNumbers: [{ value: 'other' }, { value: 'Ops', primary: true }] }],
    ['phoneNumber', { phoneNumbers: [], telephoneNumber: 'Ops' }],
    ['division', { 'urn:okta:custom:user:1.0:division': 'Ops' }],
    ['costCenter', { [`${EXTENSION}:costCenter`]: 'Ops' }],
    ['orgUnitPath', { orgUnitPath: 'Ops' }],
  ])('%s is found in %j', (name, rawAttributes) => {
    expect(raw(rawAttributes)[name]).toBe('Ops');
  });

  test('prefer the custom attribute, then the plain raw one, then the extension', () => {
    const rawAttributes = { department: 'raw', [EXTENSION]: { department: 'extension' } };
    const customAttributes = { department_name: 'custom' };
    expect(mapAttributes({}, content({ rawAttributes, customAttributes }))['department']).toBe(
      'custom',
    );
    expect(raw(rawAttributes)['department']).toBe('raw');
  });

  test('pass over a value that is empty or of no use', () => {
    expect(raw({ department: ' ', [EXTENSION]: { department: 'Ops' } })['department']).toBe('Ops');
    expect(raw({ department: { odd: [] }, [EXTENSION]: 'odd' })['department']).toBe(null);
  });

  test('never throw, whatever a directory sends', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (odd) => {
        const mapped = mapAttributes({}, content({ rawAttributes: odd, customAttributes: odd }));
        for (const value of Object.values(mapped))
          expect(value === null || typeof value === 'string').toBe(true);
      }),
    );
    for (const odd of [null, 1, [], [null], { value: { value: 1 } }, [[['deep']]], [{}]])
      expect(raw({ manager: odd, phoneNumbers: odd, department: odd })).toBeDefined();
  });
});

describe('a mapping of a policy', () => {
  test('replaces an attribute by name, adds others, and takes one out with an empty list', () => {
    const mapping = {
      department: ['custom_attributes.team'],
      squad: ['custom_attributes.squads[1]'],
      division: [],
    };
    const mapped = mapAttributes(
      mapping,
      content({ customAttributes: { team: 'Blue', squads: ['one', 'two'] } }),
    );
    expect(mapped).toMatchObject({ department: 'Blue', squad: 'two', jobTitle: null });
    expect(mapped).not.toHaveProperty('division');
  });

  test.each([
    ['number', '7.5', 7.5],
    ['number', 'seven', null],
    ['boolean', 'TRUE', true],
    ['boolean', 0, null],
    ['date', '2026-01-31', '2026-01-31'],
    ['date', '2026-13-31', null],
    ['date', 'soon', null],
    ['list', ['a', { value: 'b' }, null], ['a', 'b']],
    ['list', 'a', ['a']],
    ['text', 7, '7'],
  ] as const)('makes a %s of %j', (type, given, wanted) => {
    const mapping = { x: { from: ['custom_attributes.x'], type } };
    expect(mapAttributes(mapping, content({ customAttributes: { x: given } }))['x']).toEqual(
      wanted,
    );
  });
});

describe('a path', () => {
  test.each([
    ['email', ['email']],
    ['custom_attributes.a.b', ['custom_attributes', 'a', 'b']],
    [`raw_attributes["${EXTENSION}"].department`, ['raw_attributes', EXTENSION, 'department']],
    ['raw_attributes.list[2].value', ['raw_attributes', 'list', 2, 'value']],
  ])('%s is read', (text, steps) => {
    expect(parseAttributePath(text)).toEqual(steps);
  });

  test.each(['', 'groups', 'password.hash', 'raw_attributes.', 'raw_attributes[x]', 'emails[0]'])(
    '%j is refused',
    (text) => {
      expect(parseAttributePath(text)).toBeNull();
    },
  );
});
