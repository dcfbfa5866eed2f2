import { DIRECTORY_EVENTS } from '../../src/domain/directory-events.ts';
import { expect, test } from '@jest/globals';
import { groupContent, userContent } from '../../src/workos/read-content.ts';
import { isDirectoryEvent, readEnvelope } from '../../src/workos/read-event.ts';
import { observationsOf } from '../../src/workos/read-observations.ts';
import { wireTime } from '../../src/workos/wire.ts';
import { event, group, user } from './wire-samples.ts';

const AT = Date.parse('2026-01-03T00:00:00.000Z');
const VERSION = `${String(AT).padStart(15, '0')}/event_1`;
const seen = { directoryId: 'directory_1', version: VERSION };
const userAlive = {
  ...seen,
  of: 'user',
  id: 'directory_user_1',
  shows: 'alive',
  content: userContent(user(), AT),
};
const groupAlive = {
  ...seen,
  of: 'group',
  id: 'directory_group_1',
  shows: 'alive',
  content: groupContent(group(), AT),
};
const membership = {
  ...seen,
  of: 'membership',
  user: 'directory_user_1',
  group: 'directory_group_1',
};
const pair = { directory_id: 'directory_1', user: user(), group: group() };
const directory = {
  id: 'directory_1',
  organization_id: 'org_1',
  name: 'Acme',
  type: 'okta scim v2.0',
};

const told: [string, unknown, object[]][] = [
  [
    'dsync.activated',
    directory,
    [
      {
        of: 'directory',
        id: 'directory_1',
        version: VERSION,
        shows: 'alive',
        content: { organizationId: 'org_1', name: 'Acme', type: 'okta scim v2.0' },
      },
    ],
  ],
  [
    'dsync.deleted',
    { ...directory, state: 'active' },
    [{ of: 'directory', id: 'directory_1', version: VERSION, shows: 'deleted' }],
  ],
  ['dsync.user.created', user(), [userAlive]],
  ['dsync.user.updated', user({ previous_attributes: { state: null } }), [userAlive]],
  [
    'dsync.user.deleted',
    user(),
    [{ ...seen, of: 'user', id: 'directory_user_1', shows: 'deleted' }],
  ],
  ['dsync.group.created', group(), [groupAlive]],
  ['dsync.group.updated', group(), [groupAlive]],
  [
    'dsync.group.deleted',
    group(),
    [{ ...seen, of: 'group', id: 'directory_group_1', shows: 'deleted' }],
  ],
  ['dsync.group.user_added', pair, [userAlive, groupAlive, { ...membership, shows: 'added' }]],
  ['dsync.group.user_removed', pair, [{ ...membership, shows: 'removed' }]],
  ['dsync.token.created', { id: 'token_1', directory_id: 'directory_1' }, []],
  ['dsync.token.revoked', { id: 'token_1', directory_id: 'directory_1' }, []],
  ['dsync.invented.tomorrow', {}, []],
];

test.each(told)('%s tells what it shows and nothing else', (type, data, expected) => {
  expect(observationsOf(event(type, data))).toEqual(expected);
});

test('the ten types that change anything are all told apart', () => {
  expect(told.map(([type]) => type).filter(isDirectoryEvent)).toEqual([...DIRECTORY_EVENTS]);
});

test.each([
  ['2023-04-28 20:05:31.093', '2023-04-28T20:05:31.093Z'],
  ['2021-10-27 15:21:50.640958', '2021-10-27T15:21:50.640Z'],
  ['2021-10-27T15:21:50', '2021-10-27T15:21:50.000Z'],
  ['2021-10-27T15:21:50.6Z', '2021-10-27T15:21:50.600Z'],
  ['2021-10-27T15:21:50+0200', '2021-10-27T13:21:50.000Z'],
])('the time %s is read as UTC to the millisecond', (written, meant) => {
  expect(wireTime(written)).toBe(Date.parse(meant));
});

test.each([undefined, null, 5, '', 'yesterday', '2021-13-45T00:00:00Z'])(
  'the time %p is no time',
  (written) => {
    expect(wireTime(written)).toBeNull();
  },
);

test.each<[string, object, string | null]>([
  ['top-level', { email: ' a@x.io ', emails: [{ primary: true, value: 'b@x.io' }] }, 'a@x.io'],
  [
    'the primary one',
    {
      email: null,
      emails: [
        { type: 'work', value: 'w@x.io' },
        { primary: true, value: 'p@x.io' },
      ],
    },
    'p@x.io',
  ],
  [
    'the work one',
    {
      email: '',
      emails: [
        { type: 'home', value: 'h@x.io' },
        { type: 'work', value: 'w@x.io' },
      ],
    },
    'w@x.io',
  ],
  [
    'the first with a value',
    { email: null, emails: [{ value: null }, { value: 'f@x.io' }] },
    'f@x.io',
  ],
  [
    'a custom attribute',
    { email: null, custom_attributes: { emails: [{ value: 'c@x.io' }] } },
    'c@x.io',
  ],
  ['none of an empty list', { email: null, emails: [] }, null],
  ['none of blanks', { email: ' ', emails: [{ primary: true, value: ' ' }] }, null],
  ['none of nonsense', { email: 5, emails: [null, 5, [], { value: {} }] }, null],
])('B7: the e-mail is %s', (_which, fields, email) => {
  expect(userContent(user(fields), AT).email).toBe(email);
});

test.each(['inactive', 'suspended', 'staged', undefined])('B9: state %p is not active', (state) => {
  expect(userContent(user({ state }), AT).state).toBe('inactive');
});

test('B6: a user of nothing but an id is read, dated by its event', () => {
  expect(userContent({ id: 'directory_user_1' }, AT)).toEqual({
    updatedAt: AT,
    organizationId: null,
    idpId: null,
    email: null,
    emails: [],
    username: null,
    firstName: null,
    lastName: null,
    state: 'inactive',
    roles: [],
    customAttributes: {},
    rawAttributes: {},
  });
});

test('C5: an empty list of groups says nothing', () => {
  expect(observationsOf(event('dsync.user.updated', user({ groups: [] })))).toEqual([userAlive]);
});

test.each<[unknown, string]>([
  [null, 'payload-invalid: body is not an object'],
  [[], 'payload-invalid: body is not an object'],
  [
    event('x', {}, { id: undefined }),
    'payload-invalid: id is not 1 to 255 visible ASCII characters',
  ],
  [event('x', null), 'payload-invalid: data is not an object'],
  [event('x', {}, { created_at: 'now' }), 'payload-invalid: created_at is not a time'],
  [
    event('dsync.user.created', { id: 'u' }),
    'payload-invalid: data.directory_id is not 1 to 255 visible ASCII characters',
  ],
])('a bad envelope is named without its values (%#)', (payload, problem) => {
  expect(readEnvelope(payload)).toEqual({ problem });
});

test.each<[string, unknown, string]>([
  [
    'dsync.user.created',
    user({ id: 5 }),
    'data.id is missing, too long (255 characters) or has control characters',
  ],
  ['dsync.group.user_added', { ...pair, user: undefined }, 'data.user is not an object'],
  [
    'dsync.group.user_removed',
    { ...pair, group: {} },
    'data.group.id is missing, too long (255 characters) or has control characters',
  ],
])('a %s without its record is a problem', (type, data, problem) => {
  expect(observationsOf(event(type, data))).toEqual({ problem: `payload-invalid: ${problem}` });
});

test.each<[string, unknown]>([
  ['longer than Temporal takes', 'd'.repeat(256)],
  ['with a blank', 'directory 1'],
  ['with a line break', 'directory_1\n'],
  ['with a null byte', 'directory_1\u0000'],
  ['with other letters', 'directory_é'],
  ['that is no text', 7],
])('an event whose directory or own id is one %s is malformed', (_what, id) => {
  const problem = 'is not 1 to 255 visible ASCII characters';
  expect(readEnvelope(event('dsync.activated', { ...directory, id }))).toEqual({
    problem: `payload-invalid: data.id ${problem}`,
  });
  expect(readEnvelope(event('dsync.user.created', user({ directory_id: id })))).toEqual({
    problem: `payload-invalid: data.directory_id ${problem}`,
  });
  expect(readEnvelope(event('dsync.user.created', user(), { id }))).toEqual({
    problem: `payload-invalid: id ${problem}`,
  });
});

const createdAs = (id: string) => observationsOf(event('dsync.user.created', user({ id })));

test('a person may have any printable id, and nothing else', () => {
  expect(createdAs(' Łukasz/ü 7')).toMatchObject([{ id: ' Łukasz/ü 7' }]);
  for (const id of ['', ' ', 'a\u0000b', '\uD800', 'u'.repeat(256)])
    expect(createdAs(id)).toMatchObject({
      problem: expect.stringMatching(/^payload-invalid: data.id/),
    });
});

test('an event without object and context is read', () => {
  const { object: _object, context: _context, ...bare } = event('dsync.user.created', user());
  expect(readEnvelope(bare)).toEqual({
    id: 'event_1',
    type: 'dsync.user.created',
    createdAt: new Date(AT),
    directoryId: 'directory_1',
  });
});
