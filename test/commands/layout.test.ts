import { expect, test } from '@jest/globals';
import { statusTable } from '../../src/commands/status.ts';
import { duration, table, time } from '../../src/commands/layout.ts';
import { publicUrl } from '../../src/commands/public-url.ts';
import { masked } from '../../src/commands/webhook.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

test('a table without rows says so, and an empty cell is a dash', () => {
  expect(table(['id'], [])).toBe('None.');
  expect(table(['id', 'name'], [['directory_1', null]])).toBe('id           name\ndirectory_1  -');
});

test('times are UTC and durations have one unit', () => {
  expect(time(NOW)).toBe('2026-03-01 12:00:00Z');
  expect([340, 12_000, 300_000, 10_800_000, 864_000_000].map((ms) => duration(ms))).toEqual([
    '340 ms',
    '12 s',
    '5 min',
    '3 h',
    '10 d',
  ]);
});

test('a directory shows who is enabled and how long its oldest event waits', () => {
  const shown = statusTable(
    [
      {
        id: 'directory_1',
        name: 'Acme',
        organizationId: 'org_1',
        type: 'okta scim v2.0',
        state: 'linked',
        syncStatus: 'active',
        enabled: 3,
        people: 4,
        groups: 2,
        pending: 5,
        parked: 0,
        oldestPendingAt: new Date(NOW.getTime() - 7000),
        lagMs: 7000,
        lastEventAt: null,
        lastAppliedAt: null,
        lastSyncedAt: null,
        heldRemovals: 0,
        attention: null,
      },
    ],
    NOW,
  );
  expect(shown.split('\n')[1]?.split(/ {2,}/)).toEqual([
    'directory_1',
    'linked',
    'active',
    '3/4',
    '2',
    '5',
    '7 s ago',
    '-',
    '-',
    '-',
  ]);
});

test('a secret is masked but for its end', () => {
  expect(masked('whsec_0123456789abcdef')).toBe('****cdef');
  expect(masked('short')).toBe('****');
});

const webhookUrl = (text: string) => publicUrl('The webhook URL', text);

test('a webhook URL is https, or http on this machine', () => {
  expect(webhookUrl('https://sync.example.com/webhooks/workos')).toBe(
    'https://sync.example.com/webhooks/workos',
  );
  expect(webhookUrl('http://127.0.0.1:3000/webhooks/workos')).toContain('127.0.0.1');
  expect(() => webhookUrl('http://sync.example.com/')).toThrow('must be an https:// URL');
  expect(() => webhookUrl('nonsense')).toThrow('must be an https:// URL');
});

test('a simulator may be told of any host', () => {
  const inside = 'http://server:3000/webhooks/workos';
  expect(publicUrl('The webhook URL', inside, 'http://simulator:3000')).toBe(inside);
  expect(() => publicUrl('The webhook URL', inside, 'https://api.workos.com')).toThrow(
    'must be an https:// URL',
  );
});
