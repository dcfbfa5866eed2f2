import { expect, test } from '@jest/globals';
import { directoryId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/store/database.ts';
import { newDirectory } from '../../src/store/new-directory.ts';
import { testDatabase } from '../support/servers.ts';
import { started } from '../simulator/started.ts';
import { dsync } from './dsync.ts';

const CONTACT = 'it@example.com';
const RETURN = ['--return-url', 'https://app.example.com/settings'];

/** A WorkOS with one organization, and a database in which a default policy may name a contact. */
const customer = async (name: string, contact: string | null) => {
  const stack = new AsyncDisposableStack();
  const simulator = stack.use(await started());
  simulator.perform([{ act: 'create-organization', id: 'org_1', name: 'Acme' }]);
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  if (contact !== null) await database.policies.insertOne({ _id: 'default', contact });
  const env = {
    MONGODB_URI: uri,
    WORKOS_API_KEY: 'sk_test',
    WORKOS_API_URL: simulator.url,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  };
  return {
    database,
    portalLink: (...args: readonly string[]) => dsync(['portal-link', ...args], env),
    addDirectory: (id: string, own: string | null, organizationId = 'org_1') =>
      Promise.all([
        database.directories.insertOne({ ...newDirectory(directoryId(id)), organizationId }),
        ...(own === null ? [] : [database.policies.insertOne({ _id: id, contact: own })]),
      ]),
    mails: () => database.outbox.find({ template: 'portal-link' }).toArray(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

test('a link is made, printed, and put into the outbox for the address given', async () => {
  await using acme = await customer('portal-given', CONTACT);
  const before = Date.now();
  const made = await acme.portalLink('org_1', ...RETURN, '--mail-to', 'ada@example.com', '--json');
  expect([made.code, made.err]).toEqual([0, '']);
  const { link, expiresAt, mail, ...rest } = JSON.parse(made.out);
  expect(rest).toEqual({ organization: 'org_1' });
  expect((await fetch(link)).status).toBe(200);
  const minutes = (Date.parse(expiresAt) - before) / 60_000;
  expect(minutes).toBeGreaterThanOrEqual(5);
  expect(minutes).toBeLessThan(6);
  expect(mail).toEqual({ row: expect.stringMatching(/^mail:portal-link:org_1:/), to: 'given' });
  expect(await acme.mails()).toMatchObject([
    {
      _id: mail.row,
      to: 'ada@example.com',
      status: 'pending',
      variables: { link, minutes: 5, organizationId: 'org_1' },
      expiresAt: new Date(expiresAt),
    },
  ]);
  expect(made.out).not.toContain('ada@');
}, 60_000);

test('without an address it goes to the contact, and the table says so', async () => {
  await using acme = await customer('portal-contact', 'default@example.com');
  await acme.addDirectory('directory_1', CONTACT);
  const made = await acme.portalLink('org_1', ...RETURN);
  expect(made.code).toBe(0);
  expect(made.out).toMatch(/^Link +http:/m);
  expect(made.out).toMatch(/^Lasts until .* \(5 minutes\)$/m);
  expect(made.out).toMatch(/^Mail .* to the policy’s contact$/m);
  expect(await acme.mails()).toMatchObject([{ to: CONTACT, directoryId: 'directory_1' }]);
}, 60_000);

test('without an address and without a contact it is only printed', async () => {
  await using acme = await customer('portal-nobody', null);
  const made = await acme.portalLink('org_1', ...RETURN);
  expect(made.code).toBe(0);
  expect(made.out).toMatch(/^Mail +none: the policy names no contact$/m);
  expect(await acme.mails()).toEqual([]);
}, 60_000);

test('whatever is wrong is one sentence, and nothing is made', async () => {
  await using acme = await customer('portal-refused', null);
  const refused = async (...args: readonly string[]) => {
    const { code, err, out } = await acme.portalLink(...args);
    expect(out).toBe('');
    return [code, err.trim()];
  };
  expect(await refused('org_1', '--return-url', 'http://app.example.com')).toEqual([
    2,
    'The return URL is not valid; it must be an https:// URL (http:// is for this machine only).',
  ]);
  expect(await refused('org_1', ...RETURN, '--mail-to', 'nobody')).toEqual([
    2,
    'The address of --mail-to is not an e-mail address.',
  ]);
  expect(await refused('org_2', ...RETURN, '--mail-to', CONTACT)).toEqual([
    1,
    'WorkOS knows no organization org_2.',
  ]);
  expect((await refused('org_1'))[0]).toBe(2);
  await acme.addDirectory('directory_1', CONTACT);
  await acme.addDirectory('directory_2', 'other@example.com');
  expect(await refused('org_1', ...RETURN)).toEqual([
    2,
    'The directories of org_1 have different contacts; name one with --mail-to.',
  ]);
  expect(await acme.mails()).toEqual([]);
}, 90_000);
