import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { AUDIT_TYPES } from '../../src/domain/effect.ts';
import { createWebhookComposer } from '../../src/effects/compose-webhook.ts';
import { RETRY_DELAYS_MS } from '../../src/effects/retry-schedule.ts';
import { freePort } from '../../src/local/free-port.ts';
import type { AuditDocument } from '../../src/store/documents.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(`${root}docs/webhooks-to-the-application.md`, 'utf8');
const example = (language: string): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(guide)?.[1] ?? '';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const entry: AuditDocument = {
  _id: 'user.deprovisioned:event_1:ada:',
  at: new Date('2026-03-01T12:00:00Z'),
  type: 'user.deprovisioned',
  directoryId: 'directory_1',
  organizationId: 'org_1',
  userId: 'ada',
  groupId: null,
  eventId: 'event_1',
  reason: 'directory_sync',
  actor: 'directory_sync',
  severity: 'info',
  metadata: {},
};
const compose = createWebhookComposer([SECRET]);

test('the guide’s JavaScript takes what we sign, and refuses what was changed', async () => {
  const port = await freePort();
  const receiver = spawn(process.execPath, ['--input-type=module', '-e', example('js')], {
    cwd: root,
    env: { PATH: process.env['PATH'], PORT: String(port), APP_WEBHOOK_SECRET: SECRET },
    stdio: 'ignore',
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    const { headers, body } = compose(entry, new Date());
    const sent = async (text: string) =>
      (await fetch(url, { method: 'POST', headers, body: text })).status;
    await listening(url);
    expect(await sent(body)).toBe(204);
    expect(await sent(body.replace('ada', 'eve'))).toBe(401);
  } finally {
    receiver.kill();
  }
});

test('the guide’s Python takes what we sign, and refuses what was changed or is old', async () => {
  const { headers, body } = compose(entry, new Date());
  const old = compose(entry, new Date(Date.now() - 600_000));
  const cases = [
    [headers, body],
    [headers, body.replace('ada', 'eve')],
    [old.headers, old.body],
  ];
  const code = `${example('python')}
import json, sys
for headers, body in json.load(sys.stdin):
    print(verified(headers, body.encode(), "${SECRET}"))
`;
  expect(await python(code, JSON.stringify(cases))).toBe('True\nFalse\nFalse\n');
});

test('the guide names every type, and the schedule as it is', () => {
  const named = new Set([...guide.matchAll(/`([a-z]+\.[a-z_]+)`/g)].map(([, type]) => type));
  expect(AUDIT_TYPES.filter((type) => !named.has(type))).toEqual([]);
  const words = RETRY_DELAYS_MS.map((ms) =>
    ms < 60_000 ? `${ms / 1000} s` : ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`,
  );
  const schedule = `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
  expect(guide.replaceAll(/\s+/g, ' ')).toContain(schedule);
});

/** Waits until somebody answers, whatever it is. */
const listening = async (url: string, until = performance.now() + 20_000): Promise<void> => {
  try {
    await fetch(url);
  } catch (error) {
    if (performance.now() > until) throw error;
    await sleep(50);
    await listening(url, until);
  }
};

const python = (code: string, input: string): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
    const out: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
    child.on('close', () => resolve(out.join('')));
    child.stdin.end(input);
  });
