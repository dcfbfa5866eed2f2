import { join } from 'node:path';
import { WEBHOOK_PATH } from '../domain/webhook-path.ts';
import { localUrl } from './local-url.ts';
import type { StackEnvironment } from './stack-file.ts';
import type { StartStackOptions } from './stack-options.ts';
import type { StackPorts } from './stack-ports.ts';
import { serve } from './stack-services.ts';
import { waitForAnswer } from './wait-for-answer.ts';
import { registerLocalEndpoint } from './webhook-endpoint.ts';

// Any key of this shape opens the simulator.
const simulatorKey = 'sk_test_local_simulator';
const secondsBetweenChanges = '20';

/** How to reach WorkOS itself, or without WORKOS_API_KEY a simulator started for it. */
export async function workosFor(
  options: StartStackOptions,
  ports: StackPorts,
): Promise<
  Pick<
    StackEnvironment,
    'WORKOS_API_URL' | 'WORKOS_API_KEY' | 'WORKOS_WEBHOOK_SECRET' | 'SIMULATOR_URL'
  >
> {
  const { env, dataDir, scripts, workosAt, progress, lineup } = options;
  if (env['WORKOS_API_KEY']) {
    const secret = env['WORKOS_WEBHOOK_SECRET'];
    return {
      WORKOS_API_URL: env['WORKOS_API_URL'] || 'https://api.workos.com',
      WORKOS_API_KEY: env['WORKOS_API_KEY'],
      ...(secret ? { WORKOS_WEBHOOK_SECRET: secret } : {}),
    };
  }
  const url = `http://127.0.0.1:${ports.simulator}`;
  progress.step('Starting the WorkOS simulator …');
  await serve({
    ...options,
    name: 'simulator',
    script: scripts.simulator,
    args: [
      // HOST is where the server listens; who changes a simulated world must sit at this machine.
      '--host',
      '127.0.0.1',
      '--port',
      String(ports.simulator),
      '--data-file',
      join(dataDir, 'simulator.jsonl'),
      '--scenario',
      'company',
      '--living',
      secondsBetweenChanges,
    ],
  });
  await waitForAnswer({
    name: 'simulator',
    url: `${url}/_simulator/health`,
    timeoutMs: 30_000,
    signal: lineup.signal,
  });
  const endpoint = `${localUrl(env['HOST'] || '127.0.0.1', ports.server)}${WEBHOOK_PATH}`;
  const secret = await registerLocalEndpoint({
    workos: workosAt(url, simulatorKey),
    url: endpoint,
  });
  return {
    WORKOS_API_URL: url,
    WORKOS_API_KEY: simulatorKey,
    WORKOS_WEBHOOK_SECRET: secret,
    SIMULATOR_URL: url,
  };
}
