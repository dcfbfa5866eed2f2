import { expect, test } from '@jest/globals';
import { createApp, type AppDeps } from '../../src/http/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createLog } from '../../src/log.ts';
import { readPage } from '../support/documentation.ts';

test('docs/api.md names each route of the API, and no other', async () => {
  const routes: string[] = [];
  // Nothing is asked here, so nothing is needed to answer it.
  const deps = {
    log: createLog('silent'),
    metrics: createMetrics(),
    trustProxy: false,
    webhook: false,
    adminToken: null,
  } as unknown as AppDeps;
  const app = createApp(deps);
  app.addHook('onRoute', ({ method, url }) => {
    if (url.startsWith('/api/') && method === 'GET') routes.push(`GET ${url}`);
  });
  await app.ready();
  const documented = [...readPage('docs/api.md').matchAll(/^\| `(GET [^`]+)`/gm)].map(
    ([, route = '']) => route,
  );
  expect(documented.toSorted()).toEqual(routes.toSorted());
  await app.close();
});
