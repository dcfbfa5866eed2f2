import { firstDirectory } from './first-directory.ts';
import { localUrl } from './local-url.ts';
import { endServiceLeftover } from './service.ts';
import type { StackEnvironment } from './stack-file.ts';
import type { StartStackOptions } from './stack-options.ts';
import { chooseStackPorts } from './stack-ports.ts';
import { endServerLeftovers, mongoFor, temporalFor } from './stack-servers.ts';
import { childEnvironment, serve } from './stack-services.ts';
import { workosFor } from './stack-workos.ts';
import { waitForAnswer } from './wait-for-answer.ts';

/**
 * Starts MongoDB, Temporal, the simulator when there is no WORKOS_API_KEY, the worker and the
 * server, and resolves when the server says that it is ready and, with the simulator, knows its
 * first directory. What a killed start left is ended first. Throws an Error with a sentence for people; what had started by then is in the line-up.
 */
export async function startStack(options: StartStackOptions): Promise<StackEnvironment> {
  const { env, dataDir, scripts, progress, lineup } = options;
  progress.step('Looking for what an earlier start left running …');
  await endLeftovers(options);
  const given = env['PORT'] === undefined || env['PORT'] === '' ? undefined : Number(env['PORT']);

  const ports = await chooseStackPorts({ dataDir, serverPort: given });

  const [mongodbUri, temporal] = await Promise.all([
    mongoFor(options, ports),
    temporalFor(options, ports),
  ]);
  lineup.signal.throwIfAborted();
  const host = env['HOST'] || '127.0.0.1';
  const workos = await workosFor(options, ports);
  const stack: StackEnvironment = {
    MONGODB_URI: mongodbUri,
    ...temporal,
    ...workos,
    HOST: host,
    PORT: String(ports.server),
  };
  const serviceEnv = childEnvironment(options, stack);
  progress.step('Starting the worker and the server …');
  await serve({ ...options, name: 'worker', script: scripts.worker, env: serviceEnv });
  await serve({ ...options, name: 'server', script: scripts.server, env: serviceEnv });
  await waitForAnswer({
    name: 'server',
    url: `${localUrl(host, ports.server)}/health/ready`,
    timeoutMs: 120_000,
    signal: lineup.signal,
  });
  if (stack.SIMULATOR_URL !== undefined) {
    progress.step('Waiting for the company that the simulator has …');
    await firstDirectory({
      serverUrl: localUrl(host, ports.server),
      adminToken: env['ADMIN_TOKEN'],
      timeoutMs: 20_000,
      signal: lineup.signal,
    });
  }
  return stack;
}

async function endLeftovers({ dataDir, scripts }: StartStackOptions): Promise<void> {
  const services = (['server', 'worker', 'simulator'] as const).map((name) =>
    endServiceLeftover({ name, script: scripts[name], dataDir }),
  );
  await Promise.all([...services, endServerLeftovers(dataDir)]);
}
