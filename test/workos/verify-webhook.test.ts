import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { verifyWebhook } from '../../src/workos/verify-webhook.ts';

const NOW = 1_795_000_000_000;
const body = Buffer.from('{"id": "event_1",  "n":"é"}');
const mac = (time: string | number, secret = 'secret', bytes: Uint8Array = body): string =>
  createHmac('sha256', secret).update(`${time}.`).update(bytes).digest('hex');
const good = mac(NOW);
const verify = (header: string | undefined, secrets: readonly string[] = ['secret']) =>
  verifyWebhook({ header, body, secrets, now: NOW });

test.each([
  ['as sent', `t=${NOW}, v1=${good}`],
  ['without a blank', `t=${NOW},v1=${good}`],
  ['with a bad v1 before', `t=${NOW}, v1=${mac(1)}, v1=${good}`],
  ['with a bad v1 after', `t=${NOW}, v1=${good}, v1=nonsense`],
  ['just within the past', `t=${NOW - 180_000}, v1=${mac(NOW - 180_000)}`],
  ['just within the future', `t=${NOW + 180_000}, v1=${mac(NOW + 180_000)}`],
])('A1: a signature %s is good', (_how, header) => {
  expect(verify(header)).toEqual({ verified: true });
});

test('A1: either of two secrets is good while rotating', () => {
  const header = `t=${NOW}, v1=${mac(NOW, 'new')}`;
  expect(verify(header, ['old', 'new'])).toEqual({ verified: true });
  expect(verify(header, ['old'])).toEqual({ verified: false, code: 'signature-mismatch' });
});

test.each([
  ['missing', undefined, 'signature-missing'],
  ['empty', '', 'signature-missing'],
  ['blank', '  ', 'signature-missing'],
  ['nonsense', 'abc', 'signature-malformed'],
  ['without v1', `t=${NOW}`, 'signature-malformed'],
  ['without t', `v1=${good}`, 'signature-malformed'],
  ['with two t', `t=${NOW}, t=${NOW}, v1=${good}`, 'signature-malformed'],
  ['with a worded t', `t=abc, v1=${mac('abc')}`, 'signature-malformed'],
  ['with a negative t', `t=-5, v1=${mac('-5')}`, 'signature-malformed'],
  ['with an exponent', `t=1e12, v1=${mac('1e12')}`, 'signature-malformed'],
  ['with a long t', `t=${'1'.repeat(17)}, v1=${good}`, 'signature-malformed'],
  ['stale', `t=${NOW - 180_001}, v1=${mac(NOW - 180_001)}`, 'signature-stale'],
  ['of the future', `t=${NOW + 180_001}, v1=${mac(NOW + 180_001)}`, 'signature-stale'],
  ['in seconds', `t=${NOW / 1000}, v1=${mac(NOW / 1000)}`, 'signature-stale'],
  ['in upper case', `t=${NOW}, v1=${good.toUpperCase()}`, 'signature-mismatch'],
  ['too short', `t=${NOW}, v1=${good.slice(2)}`, 'signature-mismatch'],
  ['too long', `t=${NOW}, v1=${good}00`, 'signature-mismatch'],
  ['empty v1', `t=${NOW}, v1=`, 'signature-mismatch'],
  ['of another secret', `t=${NOW}, v1=${mac(NOW, 'other')}`, 'signature-mismatch'],
  [
    'of a re-written body',
    `t=${NOW}, v1=${mac(NOW, 'secret', Buffer.from(JSON.stringify(JSON.parse(body.toString()))))}`,
    'signature-mismatch',
  ],
])('A1: a signature that is %s is refused', (_how, header, code) => {
  expect(verify(header)).toEqual({ verified: false, code });
});

test('without a secret nothing is verified', () => {
  const header = `t=${NOW}, v1=${mac(NOW, '')}`;
  expect(verify(header, [])).toEqual({ verified: false, code: 'signature-mismatch' });
  expect(verify(header, [''])).toEqual({ verified: false, code: 'signature-mismatch' });
});

test('the SDK accepts what we accept', async () => {
  const now = Date.now();
  const header = `t=${now}, v1=${mac(now)}`;
  const { webhooks } = new WorkOS('sk_test');
  expect(verifyWebhook({ header, body, secrets: ['secret'], now })).toEqual({ verified: true });
  expect(await webhooks.verifyHeader({ payload: body, sigHeader: header, secret: 'secret' })).toBe(
    true,
  );
});
