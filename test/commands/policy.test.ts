import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { createDeriveNext } from '../../activities/derive-next.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { applyBatch } from '../../src/store/apply-batch.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { directorySyncId } from '../../workflows/contract.ts';
import { at, DIRECTORY, group, member, person, told } from '../domain/observations.ts';
import { temporalAddress, testDatabase } from '../support/servers.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const NOW = new Date('2026-03-01T12:00:00Z');
const PERSON = { userId: 'ann', granted: ['developer'], revoked: [] };

const open = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  await ensureIndexes(database);
  await applyBatch(database, {
    directoryId: DIRECTORY,
    told: [
      told(person('ann', at(1)), group('g1', at(1), 'Engineering')),
      told(member({ group: 'g1', user: 'ann' }, 'added', at(2))),
      told(person('bob', at(1))),
    ],
    lock: true,
    now: NOW,
  });
  const deriveNext = createDeriveNext({ database, now: () => NOW } as unknown as Dependencies);
  const derive = async () => {
    while ((await deriveNext({ directoryId: DIRECTORY })).left);
  };
  await derive();
  const folder = await mkdtemp(join(tmpdir(), 'policy-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const owned = stack.move();
  return {
    database,
    derive,
    file: async (text: string) => {
      const path = join(folder, 'policy.yaml');
      await writeFile(path, text);
      return path;
    },
    dsync: (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
      new Promise((resolve) => {
        const child = execFile(
          process.execPath,
          [cli, 'policy', ...args],
          {
            env: {
              LOCAL_DATA_DIR: join(folder, 'no-such-stack'),
              MONGODB_URI: uri,
              TEMPORAL_ADDRESS: temporalAddress(),
              TEMPORAL_TASK_QUEUE: 'nobody-polls-here',
            },
          },
          (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
        );
        child.stdin?.end();
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const DEVELOPERS =
  'roles:\n  groups:\n    - { group: Engineering, roles: [developer] }\n  workos: {}\n';

test('a policy is previewed exactly, put in force, shown, and asks before it takes a role away', async () => {
  await using store = await open('policy_commands');
  const { database, derive, dsync, file } = store;
  const connection = await Connection.connect({ address: temporalAddress() });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => connection.close());
  closing.defer(async () => {
    const handle = new Client({ connection }).workflow.getHandle(directorySyncId(DIRECTORY));
    await handle.terminate().catch(() => undefined);
  });

  const developers = await file(DEVELOPERS);
  const preview = await dsync('preview', developers, '--json');
  expect(preview).toMatchObject({ code: 0 });
  expect(JSON.parse(preview.out)).toMatchObject({
    outcome: 'preview',
    looked: 2,
    gainRoles: 1,
    differences: [PERSON],
  });
  expect(await database.policies.countDocuments()).toBe(0);
  expect((await dsync('apply', developers, '--dry-run', '--json')).out).toBe(preview.out);

  expect(await dsync('apply', developers, '--no-wait', '--json')).toMatchObject({ code: 0 });
  expect(await database.auditLog.countDocuments({ type: 'policy.changed' })).toBe(1);
  await derive();
  expect((await database.users.findOne({ _id: 'ann' }))?.roles).toMatchObject([
    { role: 'developer' },
  ]);

  const shown = JSON.parse((await dsync('show', '--directory', DIRECTORY, '--json')).out);
  expect(shown.effective.roles.groups).toEqual([{ group: 'Engineering', roles: ['developer'] }]);

  const none = await file('retentionDays: 90\n');
  const asked = await dsync('apply', none);
  expect(asked).toMatchObject({ code: 3 });
  expect(asked.err).toContain('1 people lose roles');
  expect((await database.policies.findOne({ _id: 'default' }))?.roles).toBeDefined();
  expect(await dsync('apply', none, '--yes', '--no-wait')).toMatchObject({ code: 0 });
}, 120_000);

test('a preview names each mapped group that is no live group where the mapping would hold', async () => {
  await using store = await open('policy_unmatched');
  const { database, dsync, file } = store;
  const mistyped = await file(
    'roles: { groups: [{ group: Enginering, roles: [a] }, { group: g1, roles: [a] }, { group: Sales, roles: [a] }] }\n',
  );
  const unmatched = async (...args: readonly string[]) =>
    JSON.parse((await dsync('preview', mistyped, '--json', ...args)).out).unmatchedGroups;
  expect(await unmatched()).toEqual(['Enginering', 'Sales']);
  const { out } = await dsync('apply', mistyped, '--dry-run');
  expect(out).toContain('roles.groups: "Enginering" matches no group at present.\n');

  // Of another directory: it counts for the default policy only.
  const [known] = await database.directories.find().toArray();
  const [engineering] = await database.groups.find().toArray();
  if (known === undefined || engineering === undefined) throw new Error('There is nothing.');
  await database.directories.insertOne({ ...known, _id: 'directory_2' });
  await database.groups.insertOne({
    ...engineering,
    _id: 'g2',
    directoryId: 'directory_2',
    name: 'Sales',
  });
  expect(await unmatched()).toEqual(['Enginering']);
  expect(await unmatched('--directory', DIRECTORY)).toEqual(['Enginering', 'Sales']);

  await database.policies.insertOne({ _id: 'directory_2', roles: { groups: [], workos: {} } });
  expect(await unmatched()).toEqual(['Enginering', 'Sales']);
  await database.groups.updateOne({ _id: 'g1' }, { $set: { deletedAt: NOW } });
  expect(await unmatched()).toEqual(['Enginering', 'g1', 'Sales']);
}, 60_000);

test('a wrong policy changes nothing and names each wrong place', async () => {
  await using store = await open('policy_wrong');
  const wrong = await store.file('retentionDays: soon\nroles: { groups: [{}], workos: {} }\n');
  const refused = await store.dsync('apply', wrong);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toContain('retentionDays must be number.');
  expect(refused.err).toContain('roles.groups[0] lacks group.');
  expect(await store.database.policies.countDocuments()).toBe(0);
  const unknown = await store.dsync('show', '--directory', 'directory_none');
  expect(unknown.code).toBe(1);
}, 60_000);
