import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { documentedCommands } from '../support/documentation.ts';
import { eventually, startProduct } from '../support/e2e-product.ts';

const POLICY = 'roles:\n  groups: [{ group: Engineering, roles: [developer] }]\n  workos: {}\n';

/** Examples in the documentation, and what stands for them here. */
const placeholders = (known: {
  readonly directory: string;
  readonly organization: string;
  readonly user: string;
  readonly group: string;
  readonly outbox: string;
  readonly folder: string;
}): readonly (readonly [RegExp, string])[] => [
  [/^directory_user_01[A-Z0-9]+$/, known.user],
  [/^directory_group_01[A-Z0-9]+$/, known.group],
  [/^(directory_01[A-Z0-9]+|<directory>)$/, known.directory],
  [/^(org_01[A-Z0-9]+|<organization>)$/, known.organization],
  [/^ada@example\.com$/, 'ada@example.com'],
  [/^(policy\.yaml|people\.csv|fates\.csv)$/, known.folder],
];

test('every command that the documentation shows runs as it is shown', async () => {
  await using product = await startProduct({ name: 'docs', intake: 'webhook,poll', knobs: {} });
  const { database } = product;
  await product.play('backfill', { people: 12, groups: 3 });
  await eventually(
    'the directory is backfilled',
    async () =>
      (await database.directories.findOne({}))?.syncStatus === 'active' &&
      (await database.outbox.countDocuments({ status: 'delivered' })) > 0,
    { timeoutMs: 120_000, everyMs: 500 },
  );
  const directory = await database.directories.findOne({});
  const user = await database.users.findOne({ enabled: true });
  const group = await database.groups.findOne({});
  const row = await database.outbox.findOne({ status: 'delivered' });
  if (directory === null || user === null || group === null || row === null)
    throw new Error('the company is empty');
  await database.users.updateOne({ _id: user._id }, { $set: { email: 'ada@example.com' } });
  const folder = await mkdtemp(join(tmpdir(), 'documented-'));
  await using closing = new AsyncDisposableStack();
  closing.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'policy.yaml'), POLICY);
  await writeFile(join(folder, 'people.csv'), 'user_id,directory_user_id\n');

  const examples = placeholders({
    directory: directory._id,
    organization: directory.organizationId ?? '',
    user: user.directoryUserId,
    group: group._id,
    outbox: row._id,
    folder,
  });
  const filled = (words: readonly string[]): readonly string[] =>
    words.map((word) => {
      if (word === '<id>')
        return words[0] === 'group' ? group._id : words[0] === 'outbox' ? row._id : user._id;
      const [, value] = examples.find(([example]) => example.test(word)) ?? [];
      return value === folder ? join(folder, word) : (value ?? word);
    });

  const commands = documentedCommands();
  expect(commands.length).toBeGreaterThan(20);
  const wrong: string[] = [];
  for (const words of commands) {
    const { code, err } = await product.dsync(...filled(words));
    // 3: it asks, and nobody is at the terminal. A row that was delivered is not to be retried, and a
    // person who is in the directory not to be purged.
    const refuses = ['outbox retry', 'user purge'].includes(words.slice(0, 2).join(' '));
    const expected = refuses ? [0, 1, 3] : [0, 3];
    if (!expected.includes(code)) wrong.push(`${words.join(' ')}: exit ${code}: ${err.trim()}`);
  }
  expect(wrong).toEqual([]);
}, 600_000);
