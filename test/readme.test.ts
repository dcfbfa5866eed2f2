import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import type { CommandDeps } from '../src/commands/command-deps.ts';
import { createProgram } from '../src/commands/program.ts';
import { DEFAULT_POLICY } from '../src/domain/policy.ts';
import { REFUSALS } from '../src/http/error-reply.ts';
import { scenarios } from '../src/simulator/scenarios/scenarios.ts';
import { PAGES, readPage } from './support/documentation.ts';
import {
  backfillId,
  directorySyncId,
  EVENTS_POLLER_ID,
  OUTBOX_ID,
  retentionId,
  SIGNAL,
  UPDATE,
} from '../workflows/contract.ts';

const root = new URL('../', import.meta.url);
const read = readPage;
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();
const captures = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const quoted = (text: string): string[] => captures(text, /`([^`\n]+)`/g);

const readme = read('README.md');
const pages = PAGES;
const manual = pages.map((path) => read(path)).join('\n');

type Rows = readonly (readonly string[])[];

/** The tables of a page's section that have this word as their first head: cells, without the heads. */
const tables = (section: string, head: string): readonly Rows[] =>
  (readme.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '')
    .split(/\n\n+/)
    .filter((block) => new RegExp(String.raw`^\|\s*${head}\s*\|`).test(block))
    .map((block) =>
      block
        .trim()
        .split('\n')
        .slice(2)
        .map((row) => row.split('|').slice(1, -1)),
    );
const [map = []] = tables('Where is …?', 'behaviour');
const [refusals = [], failures = []] = tables('Error codes', 'code');
const [variables = []] = tables('Configuration', 'variable');
const [policyKeys = []] = tables('Configuration', 'key');
const [commandRows = []] = tables('Commands of dsync', 'command');
const firstCells = (rows: Rows): string[] => rows.flatMap(([cell = '']) => quoted(cell));

test('every file that the README’s map names exists', () => {
  const paths = map.flatMap(([, cell = '']) => quoted(cell));
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test('every link of the documentation to a file of ours leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    captures(read(page), /\]\(([^)#:]+)\)/g)
      .filter((target) => !existsSync(new URL(target, new URL(page, root))))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('the README’s error codes are those that the webhook answers, with their status', () => {
  const documented = refusals.map(([code = '', status]) => [quoted(code)[0], Number(status)]);
  const answered = Object.entries(REFUSALS).map(([code, { status }]) => [code, status]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(answered));
});

// Types leave no trace at run time, so the codes are read where the code writes them.
const WRITTEN: readonly (readonly [path: string, pattern: RegExp, prefix?: string])[] = [
  ['src/workos/failure.ts', /\bkind: '([a-z-]+)'/g, 'workos-'],
  ['activities/failures.ts', /\btype: '([a-z-]+)'/g],
  ['activities/failures.ts', /PAUSED = '([a-z-]+)'/g],
  ['src/domain/listing-plausible.ts', /'(listing-[a-z-]+)'/g],
  ['src/domain/organization.ts', /reason: '([a-z-]+)'/g],
  ['src/store/purge-person.ts', /'(purge-(?!requested)[a-z-]+)'/g],
  ['activities/purge-person.ts', /refused: '([a-z-]+)'/g],
  ['src/domain/link-by-email.ts', /reason: '([a-z-]+)'/g],
  ['activities/refresh.ts', /\bodd\('([a-z-]+)'\)/g],
  ['src/store/write-directory.ts', /attention: '([a-z-]+)'/g],
  ['activities/failures.ts', /'((?:directory|invalid|listing)-[a-z-]+)': '/g],
  ['src/store/backfills.ts', /SUPERSEDED = '([a-z-]+)'/g],
  ['src/store/change-directory.ts', /code = '([a-z-]+)'/g],
  ['src/store/derive-accounts.ts', /^const [A-Z]+ = '([a-z]+-[a-z]+)';/gm],
  ['src/store/read-policy.ts', /POLICY_INVALID = '([a-z-]+)'/g],
  ['src/workos/wire.ts', /`([a-z]+-[a-z]+): \$/g],
  ['src/store/inbox.ts', /'([a-z]+-[a-z]+): /g],
  ['src/store/indexes.ts', /code = '([a-z-]+)'/g],
  ['src/domain/dated-ahead.ts', /'([a-z]+-[a-z]+): /g],
  ['activities/apply-pending.ts', /`([a-z]+-[a-z]+): \$/g],
  ['activities/poll-events.ts', /warn\(\{ code: '([a-z-]+)'/g],
  ['src/store/outbox.ts', /error: '([a-z-]+)'/g],
  ['src/mail/deliver-mail.ts', /fail\('([a-z-]+)'\)/g],
  ['src/mail/smtp-sender.ts', /code: '([a-z-]+)'/g],
  ['src/effects/deliver-webhooks.ts', /status: '([a-z-]+)'/g],
  ['src/effects/deliver-stream.ts', /code: '([a-z-]+)'/g],
  ['src/effects/otel-sink.ts', /: '([a-z-]+)';/g],
  ['src/effects/post.ts', /timeout\.aborted \? '([a-z-]+)'/g],
];

test('the README’s failure codes are those that the code writes', () => {
  const written = WRITTEN.flatMap(([path, pattern, prefix = '']) => {
    const codes = captures(read(path), pattern).map((code) => `${prefix}${code}`);
    return codes.length > 0 ? codes : [`nothing in ${path}`];
  });
  const documented = firstCells(failures).filter((code) => !code.includes('…'));
  expect(sorted(documented)).toEqual(sorted(written));
});

const configKeys = captures(
  read('src/config.ts') + read('src/config-effects.ts'),
  /\bread(?:\s*\.\w+\(|Address\(read,)\s*'([A-Z][A-Z_]*)'/g,
);
const clientKeys = captures(read('src/dsync.ts'), /\benv\['([A-Z_]+)'\]/g);
const composeKeys = captures(read('docker-compose.yml'), /\$\{([A-Z_]+)[:}]/g);
const documentedKeys = firstCells(variables);

test('the README names every variable that the code and docker compose read, and no other', () => {
  const temporalClient = read('node_modules/@temporalio/envconfig/lib/envconfig-toml.js');
  const ofTemporal = documentedKeys.filter(
    (key) => key.startsWith('TEMPORAL_') && new RegExp(String.raw`\b${key}\b`).test(temporalClient),
  );
  expect(configKeys.length).toBeGreaterThan(20);
  expect(sorted(documentedKeys)).toEqual(
    sorted([...configKeys, ...clientKeys, ...composeKeys, ...ofTemporal]),
  );
});

test('the README’s policy table has every key of a policy, with its default', () => {
  const documented = policyKeys.map(([key = '', value = '']) => [
    quoted(key)[0],
    value.replaceAll('`', '').trim(),
  ]);
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(
      Object.entries(DEFAULT_POLICY).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  );
});

test('.env.example has every variable of the README once, and no value for a secret', () => {
  const lines = [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z_]*)=(.*)$/gm)];
  const keys = lines.map(([, key = '']) => key);
  expect(keys.toSorted()).toEqual(sorted(documentedKeys));
  const secrets = lines.filter(([, key = '']) => /KEY|SECRET|TOKEN|PASSWORD/.test(key));
  expect(secrets.filter(([, , value]) => value !== '').map(([, key]) => key)).toEqual([]);
});

test('.env.example asks for what docker compose requires, and marks the rest as optional', () => {
  const asked = captures(read('.env.example'), /^([A-Z][A-Z_]*)=/gm);
  expect(sorted(asked)).toEqual(sorted(captures(read('docker-compose.yml'), /\$\{([A-Z_]+):\?/g)));
});

test('every npm command that the documentation names is a script', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
  const named = sorted([
    ...captures(manual, /npm run ([a-z:-]+)/g),
    ...captures(manual, /npm (start|test)\b/g),
  ]);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  expect(Object.keys(scripts).filter((name) => !named.includes(name))).toEqual([
    'typecheck',
    'lint',
  ]);
});

// No command runs here: what they act on is only looked at by their actions.
const program = createProgram({} as CommandDeps, {
  write: () => {},
  writeError: () => {},
  exit: () => {},
});

const leaves = (parent: Command, path: readonly string[] = []): Map<string, Command> =>
  new Map(
    parent.commands.flatMap((command): [string, Command][] => {
      const here = [...path, command.name()];
      return command.commands.length > 0 ? [...leaves(command, here)] : [[here.join(' '), command]];
    }),
  );
const commands = leaves(program);

/** Each use of `dsync` in the documentation, as the words that follow it. */
const uses = captures(manual, /(?:\bdsync --|`dsync) ([a-z][^`\n#|]*)/g).map((use) =>
  use.trim().split(/\s+/),
);
const commandOf = ([first = '', second = '']: readonly string[]): string =>
  commands.has(first) ? first : `${first} ${second}`;

test('every dsync command that the documentation names exists', () => {
  expect(uses.length).toBeGreaterThan(20);
  expect(sorted(uses.map(commandOf)).filter((name) => !commands.has(name))).toEqual([]);
});

test('every option of a dsync command that the documentation names exists', () => {
  const unknown = uses.flatMap((use) => {
    const options = commands.get(commandOf(use))?.options.map(({ long }) => long) ?? [];
    return use
      .filter((word) => word.startsWith('--') && !options.includes(word))
      .map((word) => `${commandOf(use)} ${word}`);
  });
  expect(unknown).toEqual([]);
});

test('the README’s table of commands has each dsync command', () => {
  const listed = firstCells(commandRows).map((use) => commandOf(use.split(/\s+/).slice(1)));
  expect(sorted(listed)).toEqual(sorted(commands.keys()));
});

test('every scenario that the documentation plays exists', () => {
  const played = uses
    .filter(([name, scenario = '']) => name === 'simulate' && /^[a-z]/.test(scenario))
    .map(([, scenario = '']) => scenario);
  expect(played).toContain('leaver');
  expect(played.filter((name) => !Object.hasOwn(scenarios, name))).toEqual([]);
});

test('workflow ids, signals and updates in the operators’ page are those of the contract', () => {
  expect(quoted(read('docs/operating.md'))).toEqual(
    expect.arrayContaining([
      directorySyncId('<directory>'),
      backfillId('<directory>', 0).replace(/0$/, '<n>'),
      retentionId('<directory>'),
      EVENTS_POLLER_ID,
      OUTBOX_ID,
      SIGNAL.resync,
      UPDATE.pause,
      UPDATE.resume,
    ]),
  );
});
