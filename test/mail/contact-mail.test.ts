import { expect, test } from '@jest/globals';
import { directoryId } from '../../src/domain/ids.ts';
import { newDirectory } from '../../src/store/new-directory.ts';
import { transact } from '../../src/store/transact.ts';
import { writeContactMail } from '../../src/store/write-mails.ts';
import { openPostOffice, START, type PostOffice } from './post-office.ts';

const DIRECTORY = directoryId('directory_1');

const addContactMail = async (
  { database }: PostOffice,
  mail: { readonly key: string; readonly name?: string },
): Promise<void> => {
  await database.directories.updateOne(
    { _id: DIRECTORY },
    { $set: { ...newDirectory(DIRECTORY), name: mail.name ?? 'Acme' } },
    { upsert: true },
  );
  await transact(database, (session, attempt) =>
    writeContactMail(
      { database, session, now: START, attempt },
      {
        template: 'credentials-invalid',
        directoryId: DIRECTORY,
        to: 'it@example.com',
        key: mail.key,
        variables: {},
        expiresAt: null,
      },
    ),
  );
};

/** Received mails, without the soft line breaks of their encoding. */
const received = ({ server }: PostOffice): readonly string[] =>
  server.received.map((mail) => mail.replaceAll('=\r\n', ''));

test('a contact is told once what to renew, and where', async () => {
  await using office = await openPostOffice('contact-once');
  await addContactMail(office, { key: 'a', name: 'Smith & <b>Co</b>' });
  await addContactMail(office, { key: 'a', name: 'Smith & <b>Co</b>' });

  expect(await office.deliverDue()).toMatchObject({ delivered: 1 });

  const [mail = ''] = received(office);
  expect(received(office)).toHaveLength(1);
  expect(mail).toContain('To: it@example.com');
  expect(mail).toContain('Message-ID: <mail:credentials-invalid:directory_1:a@example.org>');
  expect(mail).toContain('Subject: Your directory connection needs new credentials\r\n');
  expect(mail).toContain('your directory connection Smith & <b>Co</b> (directory_1)');
  expect(mail).toContain('Smith &amp; &lt;b&gt;Co&lt;');
  expect(mail).toContain('Please renew them');
});

test('a name with line breaks adds no header', async () => {
  await using office = await openPostOffice('contact-header');
  await addContactMail(office, {
    key: 'c',

    name: 'A\r\nBcc: x@example.com\r\n',
  });
  await office.deliverDue();

  const [head = ''] = office.server.received[0]?.split('\r\n\r\n') ?? [];
  expect(head).not.toMatch(/^Bcc:/mu);
});

test('a link is mailed while it lasts, and given up after', async () => {
  await using office = await openPostOffice('contact-link');
  const link = 'https://setup.example.com/?secret=a&b="c"';
  for (const [key, expiresAt] of [
    ['a', new Date(START.getTime() + 1)],
    ['b', START],
  ] as const)
    await transact(office.database, (session, attempt) =>
      writeContactMail(
        { database: office.database, session, now: START, attempt },
        {
          template: 'portal-link',
          directoryId: null,
          to: 'it@example.com',
          key,
          variables: { link, minutes: 5, organizationId: 'org_1' },
          expiresAt,
        },
      ),
    );
  expect(await office.deliverDue()).toMatchObject({ delivered: 1, failed: 1 });

  expect(await office.row('mail:portal-link:b')).toMatchObject({ error: 'link-expired' });
  const [mail = ''] = received(office).map((text) => text.replaceAll('=3D', '='));
  expect(mail).toContain(`\r\n${link}\r\n`);
  expect(mail).toContain('secret&#x3D;a&amp;b&#x3D;&quot;c&quot;');
  expect(mail).toContain('lasts 5 minutes');
});
