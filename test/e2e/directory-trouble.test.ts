import { expect, test } from '@jest/globals';
import { eventually, startProduct } from '../support/e2e-product.ts';

const CONTACT = 'it@example.com';

test('D2, D3, D7: refused credentials, a portal link and a deletion, from WorkOS to the mail and the people', async () => {
  await using product = await startProduct({
    name: 'directory-trouble',
    intake: 'webhook',
    knobs: { activationEvents: false },
  });
  const { database, mail, dsync } = product;
  await database.policies.insertOne({
    _id: 'default',
    contact: CONTACT,
    onDirectoryDeleted: 'deprovision',
    welcomeMail: 'none',
  });
  await product.play('company', { people: 6, groups: 2 });
  const directoryOf = async () => (await database.directories.findOne({})) ?? { _id: '' };
  const reaches = (fields: object) =>
    eventually(
      JSON.stringify(fields),
      async () => (await database.directories.countDocuments(fields)) === 1,
      { timeoutMs: 90_000, state: directoryOf },
    );
  await reaches({ syncStatus: 'active' });
  const { _id: directory } = await directoryOf();
  const people = await database.users.countDocuments({ enabled: true });
  const mailsOf = (subject: string) =>
    mail.received.filter((one) => one.includes(`Subject: ${subject}`));

  await product.act({ act: 'set-directory-state', state: 'invalid_credentials' });
  const refused = [
    await dsync('resync', directory, '--wait'),
    await dsync('resync', directory, '--wait'),
  ];
  for (const { code, out } of refused)
    expect([code, out]).toEqual([1, expect.stringContaining('invalid-credentials')]);
  await reaches({ state: 'invalid_credentials', attention: 'invalid-credentials' });
  await eventually('the contact has mail', () => Promise.resolve(mail.received.length > 0), {
    timeoutMs: 60_000,
  });

  await product.act({ act: 'set-directory-state', state: 'linked' });
  expect((await dsync('resync', directory, '--wait')).code).toBe(0);
  await reaches({ state: 'linked', syncStatus: 'active', attention: null });
  expect(await database.users.countDocuments({ enabled: true })).toBe(people);

  const organization = String((await database.directories.findOne({}))?.organizationId);
  const made = await dsync(
    'portal-link',
    organization,
    '--return-url',
    'https://app.example.com/',
    '--json',
  );
  expect([made.code, made.err]).toEqual([0, '']);
  await eventually(
    'the link is mailed',
    () => Promise.resolve(mailsOf('Set up your directory connection').length === 1),
    { timeoutMs: 60_000, state: () => database.outbox.find().toArray() },
  );
  expect((await fetch(JSON.parse(made.out).link as string)).status).toBe(200);

  await product.act({ act: 'delete-directory' });
  await eventually(
    'everybody is deprovisioned',
    async () => (await database.users.countDocuments({ enabled: true })) === 0,
    { timeoutMs: 90_000, state: directoryOf },
  );
  await reaches({ state: 'deleted', syncStatus: 'frozen', attention: 'directory-deleted' });
  expect(await database.users.distinct('deletionReason')).toEqual(['directory_sync']);
  expect(await database.groupMembers.countDocuments({ removedAt: null })).toBe(0);

  expect(mailsOf('Your directory connection needs new credentials')).toHaveLength(1);
  expect(mail.received).toHaveLength(2);
  expect(mail.received.every((one) => one.includes(`To: ${CONTACT}`))).toBe(true);
}, 300_000);
