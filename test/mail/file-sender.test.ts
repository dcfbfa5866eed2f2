import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createComposer } from '../../src/mail/compose.ts';
import { createFileSender } from '../../src/mail/file-sender.ts';
import { templatesIn } from './built-in-templates.ts';

const outboxId = 'mail:credentials-invalid:directory_1/1';

test('without a mail server a mail is one file, however often it is sent', async () => {
  await using folder = await temporaryFolder();
  const sender = createFileSender({ dataDir: folder.path });
  const claim = {
    _id: outboxId,
    attempts: 1,
    template: 'credentials-invalid',
    directoryId: 'directory_1',
    userId: null,
    to: 'it@example.com',
  } as const;
  const recipient = { address: 'it@example.com', firstName: null, directoryName: 'Acme' };
  const mail = createComposer({ mailFrom: null, templates: templatesIn() })(claim, recipient);
  const attempt = { outboxId, handOver: () => Promise.resolve(true) };

  const outcomes = [await sender.send(mail, attempt), await sender.send(mail, attempt)];

  expect(outcomes).toEqual([{ kind: 'accepted' }, { kind: 'accepted' }]);
  const names = await readdir(join(folder.path, 'mail'));
  expect(names).toEqual(['mail%3Acredentials-invalid%3Adirectory_1%2F1.eml']);
  const text = await readFile(join(folder.path, 'mail', names[0] ?? ''), 'utf8');
  expect(text).toContain('To: it@example.com');
  expect(text).toContain('Message-ID: <mail:credentials-invalid:directory_1%2F1@localhost>');
});

const temporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'mail-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};
