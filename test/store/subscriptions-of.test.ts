import { expect, test } from '@jest/globals';
import { NO_SUBSCRIPTIONS, type Subscriptions } from '../../src/domain/subscriptions.ts';
import { openDatabase } from '../../src/store/database.ts';
import { noteSubscriptions, subscriptionsOf } from '../../src/store/subscriptions-of.ts';
import { audit, entryOf, NOW, toldDatabase } from '../effects/told.ts';
import { testDatabase } from '../support/servers.ts';

const OWN: Subscriptions = { webhook: new Set(['user.deprovisioned']), streams: ['datadog'] };

test('who goes by what is noted tells whom the worker that started last tells, and nobody before', async () => {
  await using told = await toldDatabase('subscriptions-noted', OWN);
  const operator = { ...told.database, subscriptions: 'noted' as const };
  const rows = async () =>
    (await told.database.outbox.find().toArray()).map(({ kind }) => kind).toSorted();
  expect(await subscriptionsOf(operator)).toEqual(NO_SUBSCRIPTIONS);
  await audit(operator, [entryOf('ada')]);
  expect(await rows()).toEqual([]);

  await noteSubscriptions(operator, { subscriptions: OWN, now: NOW });
  await audit(operator, [entryOf('bob'), entryOf('bob', { type: 'user.updated' })]);
  expect(await rows()).toEqual(['datadog', 'webhook']);

  await noteSubscriptions(operator, { subscriptions: NO_SUBSCRIPTIONS, now: NOW });
  await audit(operator, [entryOf('cid')]);
  expect(await rows()).toEqual(['datadog', 'webhook']);
  // A process that has its own goes on by them.
  expect(await subscriptionsOf(told.database)).toEqual(OWN);
});

test('what a worker of another version notes and nobody here knows is left out', async () => {
  await using own = await testDatabase('subscriptions-other');
  const database = openDatabase(own.uri, { subscriptions: 'noted' });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => database.client.close());
  await database.notedSubscriptions.insertOne({
    _id: 'subscriptions',
    webhook: ['user.renamed', 'user.updated'],
    streams: ['kafka', 'otel'],
    updatedAt: NOW,
  });
  expect(await subscriptionsOf(database)).toEqual({
    webhook: new Set(['user.updated']),
    streams: ['otel'],
  });
});
