import { expect, test } from '@jest/globals';
import { post } from '../../src/effects/post.ts';
import { webhookRetryMs } from '../../src/effects/retry-schedule.ts';
import { startReceiver } from './http-receiver.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const request = {
  headers: {},
  body: '{}',
  signal: new AbortController().signal,
  now: () => NOW,
};

test('a receiver that does not answer in time is given up as a timeout', async () => {
  await using receiver = await startReceiver();
  receiver.answerWith(() => null);
  expect(await post(receiver.url, { ...request, timeoutMs: 50 })).toEqual({
    kind: 'unanswered',
    code: 'timeout',
  });
});

test('a long answer is not read, and its status stands', async () => {
  await using receiver = await startReceiver();
  receiver.answerWith(() => ({ status: 202, body: 'x'.repeat(5_000_000) }));
  expect(await post(receiver.url, request)).toMatchObject({ kind: 'answered', status: 202 });
});

test('the delay of a retry has a tenth of jitter, and a later Retry-After wins up to a day', () => {
  const second = { attempts: 2, retryAfterMs: null, random: 0 };
  expect(webhookRetryMs(second)).toBe(270_000);
  expect(webhookRetryMs({ ...second, random: 1 })).toBe(330_000);
  expect(webhookRetryMs({ ...second, retryAfterMs: 3_600_000 })).toBe(3_600_000);
  expect(webhookRetryMs({ ...second, retryAfterMs: 9e12 })).toBe(86_400_000);
});
