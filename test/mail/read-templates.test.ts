import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { createComposer } from '../../src/mail/compose.ts';
import { readTemplates } from '../../src/mail/read-templates.ts';
import { TEMPLATE_VARIABLES } from '../../src/mail/template-variables.ts';
import { temporaryFolder } from '../support/spawned-node.ts';
import { templatesIn } from './built-in-templates.ts';

const claim = {
  _id: 'mail:welcome:directory_user_1',
  attempts: 1,
  template: 'welcome',
  directoryId: 'directory_1',
  userId: 'directory_user_1',
  to: null,
} as const;
const recipient = {
  address: 'ada@example.com',
  firstName: '<b>Ada</b> & Co',
  directoryName: null,
};

const folderWith = async (files: Readonly<Record<string, string>>) => {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return folder;
};

const problemsOf = async (files: Readonly<Record<string, string>>) => {
  await using folder = await folderWith(files);
  const read = readTemplates(folder.path);
  return 'problems' in read ? read.problems : [];
};

test('each file of the folder takes the place of one built-in, and the others stay', async () => {
  await using folder = await folderWith({
    'welcome.html': '<p>Hi {{firstName}}{{#directoryName}} of {{.}}{{/directoryName}}</p>',
    'README.md': 'Ours.',
  });
  const mail = createComposer({ mailFrom: null, templates: templatesIn(folder.path) })(
    claim,
    recipient,
  );
  expect(mail.html).toBe('<p>Hi &lt;b&gt;Ada&lt;&#x2F;b&gt; &amp; Co</p>');
  expect(mail.subject).toBe('Welcome: your account is ready');
  expect(mail.text).toContain('Hello <b>Ada</b> & Co,');
});

test('a text may come from Windows, with its line ends and its byte order mark', async () => {
  await using folder = await folderWith({
    'welcome.txt': '\uFEFFSubject: Hi {{firstName}}\r\n\r\nGood day,\r\n{{address}}\r\n',
  });
  const mail = createComposer({ mailFrom: null, templates: templatesIn(folder.path) })(
    claim,
    recipient,
  );
  expect([mail.subject, mail.text]).toEqual(['Hi <b>Ada</b> & Co', 'Good day,\nada@example.com\n']);
});

test.each([
  [
    'welcome.html',
    '<p>{{#firstName}}Hi</p>',
    /^The mail template welcome.html is not well-formed: Unclosed section "firstName" at \d+\.$/,
  ],
  ['welcome.html', '<p>{{firstName</p>', /^The mail template welcome.html is not well-formed: /],
  [
    'welcome.html',
    '<p>{{#directoryName}}{{{firstName}}}{{/directoryName}}</p>',
    'The mail template welcome.html writes firstName into HTML without escaping it; write {{firstName}}.',
  ],
  [
    'welcome.html',
    '<p>{{> footer}}</p>',
    'The mail template welcome.html uses a partial, and there are none.',
  ],
  [
    'portal-link.txt',
    'Subject: Hi {{firstName}}\n\n{{link}}',
    'The mail template portal-link.txt uses firstName, which it does not have; it has address, link, minutes, organizationId.',
  ],
  [
    'welcome.txt',
    'Hello {{firstName}}',
    'The mail template welcome.txt does not begin with a line "Subject: …" and an empty one.',
  ],
  [
    'wellcome.txt',
    'Subject: Hi\n\nHi',
    /^MAIL_TEMPLATES_DIR has wellcome.txt, which is no template; templates are welcome.txt, /,
  ],
])('%s with %j is refused in one sentence', async (file, text, sentence) => {
  const problems = await problemsOf({ [file]: text });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(sentence);
});

test('a file that cannot be read, and every other problem, is named at once', async () => {
  await using folder = await folderWith({ 'welcome.html': '{{x}}' });
  await mkdir(join(folder.path, 'welcome.txt'));
  await writeFile(join(folder.path, 'portal-link.html'), '{{y}}');
  const read = readTemplates(folder.path);
  expect('problems' in read && read.problems).toEqual([
    'The mail template welcome.txt cannot be read.',
    expect.stringContaining('portal-link.html uses y'),
  ]);
  expect(readTemplates(join(folder.path, 'nowhere'))).toEqual({
    problems: ['MAIL_TEMPLATES_DIR is not a folder that can be read.'],
  });
});

test('a worker does not start with a wrong template, and names it beside every wrong key', async () => {
  await using folder = await folderWith({ 'welcome.html': '<p>{{#firstName}}</p>' });
  const worker = fileURLToPath(new URL('../../src/worker.ts', import.meta.url));
  const ended = await new Promise<{ code: number | null; err: string }>((resolve) => {
    const env = { MAIL_TEMPLATES_DIR: folder.path, PORT: 'x' };
    const child = execFile(process.execPath, [worker], { env }, (_error, _out, err) =>
      resolve({ code: child.exitCode, err }),
    );
  });
  expect(ended.code).toBe(1);
  expect(ended.err).toMatch(/^The configuration is wrong:\n/);
  for (const named of [
    'PORT ',
    'MONGODB_URI ',
    'The mail template welcome.html is not well-formed',
  ])
    expect(ended.err).toContain(`- ${named}`);
  expect(ended.err).not.toMatch(/\n\s+at /);
}, 30_000);

test('the page about mail has every template with its variables', () => {
  const page = readFileSync(new URL('../../docs/mail.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| ([^|]*)\| ([^|]*)\|$/gmu)];
  expect(
    Object.fromEntries(
      rows.map(([, name, , variables = '']) => [
        name,
        [...variables.matchAll(/`([A-Za-z]+)`/gu)].map(([, variable]) => variable),
      ]),
    ),
  ).toEqual(TEMPLATE_VARIABLES);
});
