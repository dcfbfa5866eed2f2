import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { checkPolicy } from '../../src/policy/check-policy.ts';
import { readPolicyFile } from '../../src/policy/read-policy-file.ts';

test('a role mapping may name groups only, and every wrong place of a policy is told at once', () => {
  const groups = [{ group: 'Engineering', roles: ['developer'] }];
  expect(checkPolicy({ roles: { groups } })).toEqual({
    policy: { roles: { groups, workos: {} } },
    problems: [],
    unsound: [],
  });
  const { problems } = checkPolicy({
    roles: { groups: [{ roles: [] }] },
    retentionDays: 'lots',
    bogus: 1,
  });
  expect(problems).toHaveLength(3);
});

test('the built-in policy, and the example of the design, are sound', () => {
  expect(checkPolicy(DEFAULT_POLICY).problems).toEqual([]);
  const example = {
    attributes: {
      department: [
        'custom_attributes.department_name',
        'raw_attributes["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].department',
      ],
      startDate: { from: ['custom_attributes.employment_start_date'], type: 'date' },
    },
    roles: {
      groups: [{ group: 'Engineering', roles: ['developer', 'api-access'] }],
      workos: { admin: ['admin'] },
    },
    retentionDays: 0.5,
    linking: { by: 'email', domains: ['example.com'] },
    contact: 'it@example.com',
  };
  expect(checkPolicy(example)).toEqual({ policy: example, problems: [], unsound: [] });
});

describe('a wrong key gets one sentence with its path, and the others stay sound', () => {
  test.each<[string, object, string]>([
    ['a text for days', { retentionDays: 'ninety' }, 'retentionDays must be number.'],
    ['no days', { retentionDays: null }, 'retentionDays must be number.'],
    ['negative days', { retentionDays: -1 }, 'retentionDays must be >= 0.'],
    ['an unknown word', { welcomeMail: 'some' }, 'welcomeMail must be one of: all, live, none.'],
    [
      'no list of roles',
      { roles: { groups: [{ group: 'g', roles: 'r' }], workos: {} } },
      'roles.groups[0].roles must be array.',
    ],
    ['a missing part', { linking: { by: 'email' } }, 'linking lacks domains.'],
    [
      'an e-mail link in no domain',
      { linking: { by: 'email', domains: [] } },
      'linking.domains must name at least one domain, because linking.by is email.',
    ],
    [
      'a path that is none',
      { attributes: { x: ['password'] } },
      'attributes.x[0] must be a path such as',
    ],
    ['no address', { contact: 'nobody' }, 'contact must be an e-mail address.'],
    [
      'an unknown part',
      { linking: { by: 'email', domains: ['example.com'], more: 1 } },
      'linking.more is not a key of a policy; allowed here: by, domains.',
    ],
  ])('%s', (_what, wrong, sentence) => {
    const { policy, problems } = checkPolicy({ onDirectoryDeleted: 'freeze', ...wrong });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(sentence);
    expect(policy).toEqual({ onDirectoryDeleted: 'freeze' });
  });

  test('a key that no policy has', () => {
    const [sentence, ...more] = checkPolicy({ retention: 9 }).problems;
    expect(more).toEqual([]);
    const [said, allowed = ''] = sentence?.split('; allowed here: ') ?? [];
    expect(said).toBe('retention is not a key of a policy');
    const keys = Object.keys(DEFAULT_POLICY);
    expect(allowed.replace('.', '').split(', ').toSorted()).toEqual(keys.toSorted());
  });

  test('something that is no policy at all', () => {
    for (const odd of [null, 7, 'x', []]) expect(checkPolicy(odd).policy).toEqual({});
  });
});

const read = async (text: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'policy-'));
  try {
    const file = join(folder, 'policy.yaml');
    await writeFile(file, text);
    return await readPolicyFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
};

describe('a file', () => {
  test('of YAML and of JSON is read', async () => {
    expect(await read('retentionDays: 7\n')).toEqual({ policy: { retentionDays: 7 } });
    expect(await read('{"retentionDays": 7}')).toEqual({ policy: { retentionDays: 7 } });
  });

  test('that is neither names the line', async () => {
    const odd = await read('retentionDays: 7\nroles: [\n');
    expect(odd).toMatchObject({
      problems: [expect.stringMatching(/is no JSON and no YAML: see line \d/)],
    });
  });

  test('that is not there says what to name', async () => {
    expect(await readPolicyFile('/no/such/policy.yaml')).toEqual({
      problems: [
        '/no/such/policy.yaml cannot be read; name a file of JSON or YAML of at most 1 MiB.',
      ],
    });
  });
});
