import { expect, test } from '@jest/globals';
import type { AuditType } from '../../src/domain/effect.ts';
import { transact } from '../../src/store/transact.ts';
import { writeAudit } from '../../src/store/write-audit.ts';
import { audit, DIRECTORY, entryOf, NOW, toldDatabase } from '../effects/told.ts';

const only = (...types: AuditType[]) => ({ webhook: new Set(types), streams: [] });

test('an audit entry that the application subscribes to becomes one webhook in its transaction', async () => {
  await using told = await toldDatabase('webhook-row', only('user.deprovisioned'));
  const { database } = told;
  await audit(database, [entryOf('ada'), entryOf('ada', { type: 'user.updated' })]);
  expect(await database.outbox.find().toArray()).toEqual([
    {
      _id: 'webhook:user.deprovisioned:event_1:ada:',
      kind: 'webhook',
      directoryId: DIRECTORY,
      status: 'pending',
      attempts: 0,
      nextAttemptAt: NOW,
      deliveredAt: null,
      lastStatus: null,
      error: null,
      createdAt: NOW,
    },
  ]);
});

test('a transaction that is undone leaves neither the entry nor its webhook', async () => {
  await using told = await toldDatabase('webhook-undone', only('user.deprovisioned'));
  const { database } = told;
  await expect(
    transact(database, async (session, attempt) => {
      await writeAudit({ database, session, now: NOW, attempt }, [entryOf('ada')]);
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  expect(await database.auditLog.countDocuments()).toBe(0);
  expect(await database.outbox.countDocuments()).toBe(0);
});

test('an entry that is written again puts no second webhook into the outbox', async () => {
  await using told = await toldDatabase('webhook-again', only('user.deprovisioned'));
  const { database } = told;
  await audit(database, [entryOf('ada')]);
  await database.outbox.updateOne({}, { $set: { status: 'delivered' } });
  await audit(database, [entryOf('ada'), entryOf('bob')]);
  expect(
    await database.outbox
      .find()
      .sort({ _id: 1 })
      .map(({ status }) => status)
      .toArray(),
  ).toEqual(['delivered', 'pending']);
});

test('where nobody is told, an entry writes nothing into the outbox', async () => {
  await using told = await toldDatabase('webhook-none', only());
  await audit(told.database, [entryOf('ada')]);
  expect(await told.database.outbox.countDocuments()).toBe(0);
});
