import { expect, test } from '@jest/globals';
import { addWelcome, openPostOffice } from '../mail/post-office.ts';

test('two workers at once send each mail once', async () => {
  await using office = await openPostOffice('mail-two-workers');
  const ids = Array.from({ length: 30 }, (_, index) => `directory_user_${String(index)}`);
  await Promise.all(ids.map((id) => addWelcome(office, { id })));

  const [one, other] = await Promise.all([office.deliverDue(), office.deliverDue()]);

  expect(one.delivered + other.delivered).toBe(30);
  const received = office.server.received.map(
    (message) => /^Message-ID: (.*)$/m.exec(message)?.[1],
  );
  expect(received).toHaveLength(30);
  expect(new Set(received)).toEqual(new Set(ids.map((id) => `<mail:welcome:${id}@example.org>`)));
});

test('a call stops at its limit and says that more is due', async () => {
  await using office = await openPostOffice('mail-limit');
  const ids = Array.from({ length: 51 }, (_, index) => `directory_user_${String(index)}`);
  await Promise.all(ids.map((id) => addWelcome(office, { id })));

  expect(await office.deliverDue()).toMatchObject({ delivered: 50, nextDueInMs: 0 });
  expect(await office.deliverDue()).toMatchObject({ delivered: 1, nextDueInMs: null });
});

test('an error of MongoDB fails the call', async () => {
  await using office = await openPostOffice('mail-mongo-down');
  office.outbox.settleInDoubt = () => Promise.reject(new Error('not primary'));

  await expect(office.deliverDue()).rejects.toThrow('not primary');
});
