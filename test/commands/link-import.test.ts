import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { linkImport } from '../../src/commands/link-import.ts';
import { Refused } from '../../src/commands/outcome.ts';
import type { Database } from '../../src/store/database.ts';
import { at, group, member, person, personDeleted, told } from '../domain/observations.ts';
import { insertAccounts, NOW, openLinked } from '../store/linked-database.ts';
import { dsync } from './dsync.ts';

const nobody = {
  live: false,
  confirm: () => Promise.resolve(null),
  progress: () => ({ show: () => undefined, stop: () => undefined }),
};

const openImport = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openLinked(name));
  const folder = await mkdtemp(join(tmpdir(), 'link-import-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const owned = stack.move();
  const env = { MONGODB_URI: store.uri, CI: 'true' };
  return {
    ...store,
    path: (file: string) => join(folder, file),
    write: async (...lines: readonly string[]): Promise<string> => {
      const path = join(folder, 'links.csv');
      await writeFile(path, ['user_id,directory_user_id', ...lines, ''].join('\n'));
      return path;
    },
    run: (...args: readonly string[]) => dsync(['link', 'import', ...args], env),
    show: (id: string) => dsync(['user', 'show', id], env),
    stored: async () => {
      const names = ['users', 'group_members', 'tombstones', 'audit_log', 'outbox', 'reports'];
      return Promise.all(
        names.map((collection) =>
          store.database.db.collection(collection).find().sort({ _id: 1 }).toArray(),
        ),
      );
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

test('an import tells each line’s fate, and a dry run tells the same and writes nothing', async () => {
  await using own = await openImport('import_fates');
  const { database } = own;
  await insertAccounts(database, { _id: 'merging' }, { _id: 'new' }, { _id: 'torn' });
  await own.tell(
    told(person('user_1', at(1)), group('group_1', at(1))),
    told(member({ group: 'group_1', user: 'user_1' }, 'added', at(2))),
  );
  const file = await own.write(
    'merging,user_1',
    'new,user_2',
    'nobody,user_3',
    'torn,user_4',
    'torn,user_5',
    'new,user_2',
    'only one',
  );
  const fates = [
    'line,user_id,directory_user_id,fate,reason',
    '2,merging,user_1,merged,',
    '3,new,user_2,pending,not-seen-yet',
    '4,nobody,user_3,refused,unknown-account',
    '5,torn,user_4,refused,conflicting-lines',
    '6,torn,user_5,refused,conflicting-lines',
    '7,new,user_2,refused,duplicate-line',
    '8,,,refused,malformed-line',
    '',
  ].join('\n');
  const report = own.path('fates.csv');

  const before = await own.stored();
  const preview = await own.run(file, '--dry-run', '--report', report, '--json');
  expect([preview.code, preview.err]).toEqual([0, '']);
  expect(await readFile(report, 'utf8')).toBe(fates);
  expect(await own.stored()).toEqual(before);

  const asked = await own.run(file);
  expect([asked.code, asked.out, asked.err]).toEqual([
    3,
    '',
    'This merges 1 provisioned account into the named one and deletes the document of the provisioned one. Nothing was done: repeat it with --yes.\n',
  ]);
  expect(await own.stored()).toEqual(before);

  const imported = await own.run(file, '--yes', '--report', report, '--json');
  expect([imported.code, imported.err]).toEqual([1, '']);
  expect(await readFile(report, 'utf8')).toBe(fates);
  const { dryRun: _no, report: id, ...result } = JSON.parse(imported.out);
  const { dryRun: _yes, ...previewed } = JSON.parse(preview.out);
  expect(result).toEqual(previewed);
  expect(result.counts).toEqual({
    lines: 7,
    fates: { merged: 1, pending: 1, refused: 5 },
    reasons: {
      'not-seen-yet': 1,
      'unknown-account': 1,
      'conflicting-lines': 2,
      'duplicate-line': 1,
      'malformed-line': 1,
    },
  });
  expect(await database.db.collection('reports').findOne({ _id: id })).toMatchObject({
    kind: 'link-import',
    outcome: 'done',
    endedAt: expect.any(Date),
    ...result,
  });
  expect(await database.users.distinct('_id')).toEqual(['merging', 'new', 'torn']);
  expect(await database.groupMembers.distinct('userId')).toEqual(['merging']);

  const again = await own.run(file);
  expect([again.code, again.err]).toEqual([1, '']);
  expect(again.out).toMatch(/^Already linked +1$/m);
  expect(again.out).toMatch(/^Merged +0$/m);
  expect(again.out).toMatch(/^unknown-account +1 +no account has this id$/m);
}, 120_000);

test('an import without a doubt exits 0 and asks nothing', async () => {
  await using own = await openImport('import_plain');
  await insertAccounts(own.database, { _id: 'a' }, { _id: 'b' });
  const { code, out } = await own.run(await own.write('a,user_1', 'b,user_2'));
  expect(code).toBe(0);
  expect(out).toMatch(/^Pending +2$/m);
  expect(out).toMatch(/^2 +a +user_1 +pending +not-seen-yet$/m);
});

test('a file that is not what it must be changes nothing, and one sentence says why', async () => {
  await using own = await openImport('import_refused');
  await insertAccounts(own.database, { _id: 'a' });
  const before = await own.stored();
  const broken = own.path('broken.csv');
  await writeFile(broken, 'user_id;directory_user_id\na;user_1\n');
  const torn = own.path('torn.csv');
  await writeFile(torn, `user_id,directory_user_id\na,user_1\n"b,user_2\n`);
  const good = await own.write('a,user_1');
  const deps = { database: () => own.database, now: () => NOW, newId: () => '1', terminal: nobody };
  for (const [file, report, sentence] of [
    [broken, null, `The first line of ${broken} must be user_id,directory_user_id.`],
    [
      torn,
      null,
      `${torn} is not a CSV file near line 3: a quote is misplaced, or a line is too long.`,
    ],
    [own.path('none.csv'), null, `The file ${own.path('none.csv')} does not exist.`],
    ['/dev/null', null, '/dev/null is not a regular file; a CSV file is needed.'],
    [good, good, 'The report would overwrite the file that is imported.'],
    [
      good,
      own.path('no/such/folder'),
      `The report ${own.path('no/such/folder')} cannot be written.`,
    ],
  ] as const) {
    await expect(linkImport(deps, { file, report, dryRun: false, yes: true })).rejects.toThrow(
      new Refused(`${sentence} Nothing was changed.`),
    );
  }
  expect(await readFile(good, 'utf8')).toContain('a,user_1');
  expect(await own.stored()).toEqual(before);
}, 60_000);

/** The database, with something done before its reports are written for the `n`th time. */
const beforeReport = (database: Database, n: number, act: () => Promise<unknown>): Database => {
  const count = { calls: 0 };
  const once = async (): Promise<void> => {
    count.calls += 1;
    if (count.calls === n) await act();
  };
  const watched = <Kind extends object>(target: Kind): Kind =>
    new Proxy(target, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key, of);
        if (typeof value !== 'function') return value;
        if (key === 'collection')
          return (name: string): unknown =>
            watched(Reflect.apply(value, of, [name]) as unknown as object);
        return key === 'insertOne' || key === 'updateOne'
          ? async (...args: unknown[]): Promise<unknown> => {
              await once();
              return Reflect.apply(value, of, args);
            }
          : value.bind(of);
      },
    });
  return { ...database, db: watched(database.db) };
};

test('an import that is interrupted is finished by its repeat', async () => {
  await using own = await openImport('import_interrupted');
  const { database } = own;
  const ids = Array.from({ length: 1010 }, (_, index) => `user_${index}`);
  const some = ['user_1', 'user_3', 'user_1004', 'user_1005'];
  await insertAccounts(database, ...some.map((id) => ({ _id: `account_${id}` })));
  await own.tell(told(person('user_3', at(1)), person('user_1005', at(1))));
  const file = await own.write(...ids.map((id) => `account_${id},${id}`));
  const request = { file, dryRun: false, yes: true, report: null };
  const deps = { now: () => NOW, terminal: nobody };
  const linked = () => database.users.find({ _id: /^account_/, directoryUserId: { $in: ids } });

  // The connection breaks after the first thousand lines.
  const breaking = beforeReport(database, 2, () => Promise.reject(new Error('broken')));
  await expect(
    linkImport({ ...deps, newId: () => '1', database: () => breaking }, request),
  ).rejects.toThrow('broken');
  expect(await linked().toArray()).toHaveLength(2);
  expect(await database.db.collection('reports').findOne()).toMatchObject({
    outcome: 'running',
    endedAt: null,
  });

  const again = { ...deps, newId: () => '2', database: () => database };
  expect(await linkImport(again, request)).toMatchObject({
    data: { counts: { fates: { 'already-linked': 1, pending: 2, merged: 1, refused: 1006 } } },
  });
  expect(await linked().toArray()).toHaveLength(4);
  expect(await database.users.countDocuments()).toBe(4);
  expect(await database.auditLog.countDocuments({ type: 'user.linked' })).toBe(2);
}, 60_000);

test('somebody who is provisioned after the check is not merged unasked', async () => {
  await using own = await openImport('import_unasked');
  const { database } = own;
  await insertAccounts(database, { _id: 'a' }, { _id: 'b' });
  const request = { file: await own.write('a,user_1', 'b,user_2'), dryRun: false, report: null };
  const meanwhile = beforeReport(database, 1, () => own.tell(told(person('user_1', at(1)))));
  const deps = { now: () => NOW, newId: () => '1', terminal: nobody };
  const outcome = await linkImport(
    { ...deps, database: () => meanwhile },
    { ...request, yes: false },
  );
  expect(outcome).toMatchObject({
    exitCode: 3,
    data: { counts: { fates: { held: 1, pending: 1 } } },
  });
  expect(await database.users.distinct('_id')).toEqual(['a', 'b', 'user_1']);
  const merged = await linkImport(
    { ...deps, newId: () => '2', database: () => database },
    { ...request, yes: true },
  );
  expect(merged.exitCode).toBe(0);
  expect(await database.users.distinct('_id')).toEqual(['a', 'b']);
});

test('the question says how many accounts are hard-deleted with a person who is deleted, and when', async () => {
  await using own = await openImport('import_deleted');
  await insertAccounts(own.database, { _id: 'a' });
  await own.tell(told(person('user_1', at(1))), told(personDeleted('user_1', at(2))));
  const file = await own.write('a,user_1');

  const asked = await own.run(file);
  expect(asked.code).toBe(3);
  expect(asked.err).toContain(
    '1 of the named accounts lose access and are hard-deleted with all that is in them, the first on 1970-04-01 00:00:00',
  );
  const preview = await own.run(file, '--dry-run', '--json');
  expect(JSON.parse(preview.out).counts.reasons).toEqual({ 'person-deleted': 1 });
});

test('a no at the terminal changes nothing', async () => {
  await using own = await openImport('import_no');
  await insertAccounts(own.database, { _id: 'a' });
  await own.tell(told(person('user_1', at(1))));
  const before = await own.stored();
  const refused = linkImport(
    {
      database: () => own.database,
      now: () => NOW,
      newId: () => '1',
      terminal: { ...nobody, confirm: () => Promise.resolve(false) },
    },
    { file: await own.write('a,user_1'), dryRun: false, yes: false, report: null },
  );
  await expect(refused).rejects.toThrow(Refused);
  expect(await own.stored()).toEqual(before);
});

test('user show says of an account of the application whom it waits for, and shows none of its secrets', async () => {
  await using own = await openImport('import_show');
  const { database } = own;
  await insertAccounts(
    database,
    { _id: 'a', passwordHash: 'secret' },
    { _id: 'b', directoryUserId: 'user_2', passwordHash: 'secret' },
    { _id: 'c', directoryUserId: 'user_3', passwordHash: 'secret' },
  );
  expect((await own.show('a')).err).toBe(
    'a is an account that belongs to no directory user; `dsync link import` links it.\n',
  );
  for (const id of ['b', 'user_2'])
    expect((await own.show(id)).err).toBe(
      'b is linked to user_2, whom no directory has shown yet.\n',
    );
  await own.tell(told(person('user_3', at(1))));
  for (const args of [['c'], ['user_3', '--json']] as const) {
    const shown = await dsync(['user', 'show', ...args], { MONGODB_URI: own.uri });
    expect(shown.code).toBe(0);
    expect(shown.out).not.toContain('secret');
  }
}, 60_000);
