import { startService } from './service.ts';
import type { StackEnvironment } from './stack-file.ts';
import type { StartStackOptions } from './stack-options.ts';

/**
 * Starts one of our own processes and adds it to the line-up. Server and worker are started again
 * up to three times when they end unasked.
 */
export async function serve(
  options: StartStackOptions & {
    name: 'server' | 'worker' | 'simulator';
    script: string;
    args?: readonly string[];
  },
): Promise<void> {
  const { name, script, args = [], env, dataDir, lineup, onLine } = options;
  lineup.signal.throwIfAborted();
  const service = await startService({
    name,
    script,
    args,
    env,
    dataDir,
    onLine: (line) => onLine(name, line),
    restarts: name === 'simulator' ? 0 : 3,
    graceSeconds: name === 'simulator' ? 2 : 5,
  });
  lineup.add({ name, ...service });
}

/** The environment of server and worker: the caller's, with where everything is. */
export function childEnvironment(
  options: StartStackOptions,
  stack: StackEnvironment,
): NodeJS.ProcessEnv {
  const { env, dataDir } = options;
  const { SIMULATOR_URL: _simulator, TEMPORAL_UI_URL: ui, ...needed } = stack;
  const isOurTemporal = ui !== undefined;
  const rest = Object.entries(env).filter(
    // Keys and certificates of some other Temporal would keep them out of ours.
    ([name]) => !(isOurTemporal && name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_TASK_QUEUE'),
  );
  // With a key and no secret there is nothing to verify webhooks by: poll only.
  const intake =
    stack.WORKOS_WEBHOOK_SECRET === undefined ? { INTAKE: env['INTAKE'] || 'poll' } : {};
  return { ...Object.fromEntries(rest), ...needed, ...intake, LOCAL_DATA_DIR: dataDir };
}
