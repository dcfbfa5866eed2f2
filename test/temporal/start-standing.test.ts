import { expect, test } from '@jest/globals';
import { EVENTS_POLLER_ID } from '../../workflows/contract.ts';
import { endEventsPoller, startEventsPoller } from '../../src/temporal/start-standing.ts';
import { devServer } from '../support/wf-dev-server.ts';

test('a poller that INTAKE no longer wants is ended, and one that is wanted again is started', async () => {
  await using server = await devServer({});
  const { client } = server;
  const taskQueue = 'directory-sync';
  const status = async () =>
    (await client.workflow.getHandle(EVENTS_POLLER_ID).describe()).status.name;

  await endEventsPoller({ client });
  await startEventsPoller({ client, taskQueue });
  await startEventsPoller({ client, taskQueue });
  expect(await status()).toBe('RUNNING');

  await endEventsPoller({ client });
  await endEventsPoller({ client });
  expect(await status()).toBe('TERMINATED');

  await startEventsPoller({ client, taskQueue });
  expect(await status()).toBe('RUNNING');
});
