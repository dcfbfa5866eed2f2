import { expect, test } from '@jest/globals';
import { LEASE_MS, MAX_ATTEMPTS, retryDelayMs } from '../../src/mail/deliver-mail.ts';
import { addWelcome, claimAndCrash, MAIL_ID, openPostOffice } from './post-office.ts';

test('a mail is delivered once, under its outbox id', async () => {
  await using office = await openPostOffice('mail-once');
  await addWelcome(office);

  const first = await office.deliverDue();
  const second = await office.deliverDue();

  expect(first).toEqual({ delivered: 1, failed: 0, retried: 0, nextDueInMs: null });
  expect(second).toEqual({ delivered: 0, failed: 0, retried: 0, nextDueInMs: null });
  expect(office.server.received).toHaveLength(1);
  expect(office.server.received[0]).toContain(`Message-ID: <${MAIL_ID}@example.org>`);
  expect(office.server.received[0]).toContain('To: directory_user_1@example.com');
  expect(office.server.received[0]).toContain('Hello Ada & Co,');
  expect(office.server.received[0]).toContain('Hello Ada &amp; Co,');
  expect(await office.row()).toMatchObject({ status: 'delivered', attempts: 1, error: null });
});

test('an attempt that ended after the hand-over is in doubt and never sent again', async () => {
  await using office = await openPostOffice('mail-crash-after');
  await addWelcome(office);
  const claim = await claimAndCrash(office);
  await office.outbox.markHandedOver(claim, office.clock.now, LEASE_MS);

  office.pass(LEASE_MS);
  const result = await office.deliverDue();

  expect(result).toEqual({ delivered: 0, failed: 1, retried: 0, nextDueInMs: null });
  expect(await office.row()).toMatchObject({ status: 'failed', error: 'in-doubt' });
  expect(office.server.received).toEqual([]);
});

test('a connection that ends after the message and before its answer leaves it in doubt', async () => {
  await using office = await openPostOffice('mail-cut-after');
  await addWelcome(office);
  office.server.replies.push('cut');

  expect(await office.deliverDue()).toMatchObject({ failed: 1, retried: 0 });
  office.pass(LEASE_MS);
  await office.deliverDue();

  expect(await office.row()).toMatchObject({ status: 'failed', error: 'in-doubt' });
  expect(office.server.received).toHaveLength(1);
});

test('an attempt that ended before the hand-over is sent again', async () => {
  await using office = await openPostOffice('mail-crash-before');
  await addWelcome(office);
  await claimAndCrash(office);

  const during = await office.deliverDue();
  office.pass(LEASE_MS);
  const after = await office.deliverDue();

  expect(during).toEqual({ delivered: 0, failed: 0, retried: 0, nextDueInMs: LEASE_MS });
  expect(after).toMatchObject({ delivered: 1 });
  expect(await office.row()).toMatchObject({ status: 'delivered', attempts: 2 });
  expect(office.server.received).toHaveLength(1);
});

test('an attempt that lost its lease withholds the end of its message', async () => {
  await using office = await openPostOffice('mail-late');
  await addWelcome(office);
  const late = await claimAndCrash(office);
  office.pass(LEASE_MS);
  await office.deliverDue();

  expect(await office.deliver(late)).toBe('lost');

  expect(office.server.received).toHaveLength(1);
  expect(await office.row()).toMatchObject({ status: 'delivered', attempts: 2 });
});

test('a temporary refusal is tried again later, whether of the person or of the message', async () => {
  await using office = await openPostOffice('mail-temporary');
  await addWelcome(office);
  office.server.recipientReplies.push(450);
  office.server.replies.push(451);

  const first = await office.deliverDue();
  const afterFirst = await office.row();
  office.pass(30_000);
  const second = await office.deliverDue();
  const afterSecond = await office.row();
  office.pass(60_000);
  const third = await office.deliverDue();

  expect(first).toEqual({ delivered: 0, failed: 0, retried: 1, nextDueInMs: 30_000 });
  expect(afterFirst).toMatchObject({ status: 'pending', error: 'smtp-450' });
  expect(second).toEqual({ delivered: 0, failed: 0, retried: 1, nextDueInMs: 60_000 });
  expect(afterSecond).toMatchObject({ status: 'pending', error: 'smtp-451', handedOverAt: null });
  expect(third).toMatchObject({ delivered: 1 });
  expect(await office.row()).toMatchObject({ status: 'delivered', attempts: 3, error: null });
});

test('a mail server that cannot be reached puts the mail off', async () => {
  await using office = await openPostOffice('mail-down');
  await addWelcome(office);
  await office.server[Symbol.asyncDispose]();

  expect(await office.deliverDue()).toMatchObject({ retried: 1, nextDueInMs: 30_000 });
  expect(await office.row()).toMatchObject({ status: 'pending', error: 'smtp-esocket' });
});

test('a mail fails after its last attempt', async () => {
  await using office = await openPostOffice('mail-attempts');
  await addWelcome(office);
  const last = { $set: { attempts: MAX_ATTEMPTS - 1 } };
  await office.database.outbox.updateOne({ _id: MAIL_ID }, last);
  office.server.replies.push(451);

  expect(await office.deliverDue()).toMatchObject({ failed: 1, nextDueInMs: null });
  expect(await office.row()).toMatchObject({ status: 'failed', error: 'smtp-451', attempts: 12 });
});

test('a permanent refusal fails at once and keeps only its code', async () => {
  await using office = await openPostOffice('mail-permanent');
  await addWelcome(office);
  await addWelcome(office, { id: 'directory_user_2' });
  office.server.recipientReplies.push(550);

  expect(await office.deliverDue()).toEqual({
    delivered: 1,
    failed: 1,
    retried: 0,
    nextDueInMs: null,
  });
  const failed = await office.database.outbox.findOne({ status: 'failed' });
  expect(failed?.error).toBe('smtp-550');
  expect(JSON.stringify(failed)).not.toContain('@');
});

test('a person who left, or has no address, gets no welcome', async () => {
  await using office = await openPostOffice('mail-gone');
  await addWelcome(office, { enabled: false });
  await addWelcome(office, { id: 'directory_user_2', email: null });

  expect(await office.deliverDue()).toMatchObject({ delivered: 0, failed: 2 });
  expect(await office.row()).toMatchObject({ status: 'failed', error: 'recipient-gone' });
  expect(office.server.received).toEqual([]);
});

test('retries double from half a minute to an hour', () => {
  const delays = [1, 2, 3, 7, 8, 12].map((attempts) => retryDelayMs(attempts));
  expect(delays).toEqual([30_000, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000]);
});
