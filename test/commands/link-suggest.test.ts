import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { linkImport } from '../../src/commands/link-import.ts';
import { linkSuggest } from '../../src/commands/link-suggest.ts';
import {
  at,
  DIRECTORY,
  directoryActivated,
  person,
  personDeleted,
  told,
} from '../domain/observations.ts';
import { insertAccounts, NOW, openLinked } from '../store/linked-database.ts';
import { dsync } from './dsync.ts';

const SUGGEST = { directory: null, csv: false, showAddresses: false };

test('suggest lists accounts that may be people’s own, and says why and what is in doubt', async () => {
  await using store = await openLinked('suggest_all');
  const { database, tell } = store;
  await insertAccounts(
    database,
    { _id: 'same', email: 'ADA@example.com', organizationId: 'org_1' },
    { _id: 'elsewhere', email: 'ada@example.com', organizationId: 'org_2' },
    { _id: 'second', email: 'bob.b@example.com' },
    { _id: 'idp', idpId: 'idp_user_3', email: 'old@example.com' },
    { _id: 'both', idpId: 'idp_user_4', email: 'dee@example.com' },
    { _id: 'torn_1', email: 'eve@example.com' },
    { _id: 'torn_2', email: 'eve@example.com' },
    { _id: 'shared', email: 'team@example.com' },
    { _id: 'taken', email: 'ada@example.com', directoryUserId: 'user_9' },
    { _id: 'gone', email: 'gil@example.com' },
    { _id: 'nobody', email: 'nobody@example.com' },
    { _id: 'list', email: ['ada@example.com'] },
  );
  await database.auditLog.insertOne({
    _id: 'user.linked:x:second:',
    at: NOW,
    type: 'user.linked',
    directoryId: DIRECTORY,
    organizationId: null,
    userId: 'second',
    groupId: null,
    eventId: null,
    reason: 'pending-link',
    actor: 'directory_sync',
    severity: 'info',
    metadata: {},
  });
  await tell(
    told(directoryActivated(at(0))),
    told(
      person('user_1', at(1), { email: 'ada@example.com' }),
      person('user_2', at(1), {
        email: 'bob@example.com',
        emails: [{ value: 'Bob.B@example.com', type: null, primary: false }],
      }),
      person('user_3', at(1), { email: null }),
      person('user_4', at(1), { email: 'dee@example.com' }),
      person('user_5', at(1), { email: 'eve@example.com' }),
      person('user_6', at(1), { email: 'team@example.com' }),
      person('user_7', at(1), { email: 'team@example.com' }),
      person('user_8', at(1), { email: 'gil@example.com' }),
    ),
    told(personDeleted('user_8', at(2))),
  );
  const { data, text } = await linkSuggest({ database: () => database }, SUGGEST);
  const listed = (
    data as { directoryUserId: string; userId: string; why: string[]; note: string | null }[]
  )
    .map((one) => [one.directoryUserId, one.userId, one.why.join(' '), one.note])
    .toSorted(([a = '', x = ''], [b = '', y = '']) => `${a}${x}`.localeCompare(`${b}${y}`));
  expect(listed).toEqual([
    ['user_1', 'same', 'address', null],
    ['user_2', 'second', 'other-address', 'once-owned'],
    ['user_3', 'idp', 'idp-id', null],
    ['user_4', 'both', 'address idp-id', null],
    ['user_5', 'torn_1', 'address', 'several'],
    ['user_5', 'torn_2', 'address', 'several'],
    ['user_6', 'shared', 'address', 'several'],
    ['user_7', 'shared', 'address', 'several'],
  ]);
  expect(JSON.stringify(data) + text).not.toContain('@');
  const shown = await linkSuggest(
    { database: () => database },
    { ...SUGGEST, showAddresses: true },
  );
  expect(shown.text).toContain('ADA@example.com');
});

test('what suggest prints as CSV is what import takes, and only what is in no doubt', async () => {
  await using store = await openLinked('suggest_csv');
  const { database, tell } = store;
  await insertAccounts(
    database,
    { _id: 'a,1', email: 'ada@example.com' },
    { _id: 'b', email: 'eve@example.com' },
    { _id: 'c', email: 'eve@example.com' },
  );
  await tell(
    told(directoryActivated(at(0))),
    told(
      person('user_1', at(1), { email: 'ada@example.com' }),
      person('user_2', at(1), { email: 'eve@example.com' }),
    ),
  );
  const printed = await dsync(['link', 'suggest', DIRECTORY, '--csv'], { MONGODB_URI: store.uri });
  expect([printed.code, printed.out]).toEqual([0, 'user_id,directory_user_id\n"a,1",user_1\n']);
  const folder = await mkdtemp(join(tmpdir(), 'link-suggest-'));
  try {
    const file = join(folder, 'links.csv');
    await writeFile(file, printed.out);
    const imported = await linkImport(
      {
        database: () => database,
        now: () => NOW,
        newId: () => '1',
        terminal: {
          live: false,
          confirm: () => Promise.resolve(null),
          progress: () => ({ show: () => undefined, stop: () => undefined }),
        },
      },
      { file, dryRun: false, yes: true, report: null },
    );
    expect(imported.exitCode).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(await database.users.findOne({ directoryUserId: 'user_1' })).toMatchObject({ _id: 'a,1' });
  const nothing = await dsync(['link', 'suggest', '--csv'], { MONGODB_URI: store.uri });
  expect(nothing.out).toBe('user_id,directory_user_id\n');
}, 60_000);

test('suggest refuses a directory that nobody knows', async () => {
  await using store = await openLinked('suggest_unknown');
  await expect(
    linkSuggest({ database: () => store.database }, { ...SUGGEST, directory: 'directory_x' }),
  ).rejects.toThrow('No directory directory_x is known; `dsync status` lists those that are.');
});

test('more people than are read at once are all looked at', async () => {
  await using store = await openLinked('suggest_many');
  const { database, tell } = store;
  const ids = Array.from({ length: 520 }, (_, index) => `user_${index}`);
  await tell(told(directoryActivated(at(0))));
  for (let from = 0; from < ids.length; from += 260)
    await tell(told(...ids.slice(from, from + 260).map((id) => person(id, at(1)))));
  await insertAccounts(
    database,
    { _id: 'first', email: 'user_0@example.com' },
    { _id: 'last', email: 'user_99@example.com' },
  );
  const { data } = await linkSuggest({ database: () => database }, SUGGEST);
  expect(data).toMatchObject([
    { directoryUserId: 'user_0', userId: 'first' },
    { directoryUserId: 'user_99', userId: 'last' },
  ]);
}, 60_000);
