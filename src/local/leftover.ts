import { readFile, rm } from 'node:fs/promises';
import { errorCode } from './error-code.ts';
import { becomes, commandOf } from './process-table.ts';

/**
 * Ends a server that an earlier, killed start left behind: the process named in `pidFile`, but only
 * while its command line contains `marker` (a path that is ours alone), because ids are reused.
 * It gets SIGTERM and after `graceMs` SIGKILL. Resolves to what was there; the pid file is gone
 * afterwards, and a second call finds nothing.
 */
export async function endLeftover(options: {
  pidFile: string;
  marker: string;
  graceMs?: number;
}): Promise<'nothing' | 'ended'> {
  const { pidFile, marker, graceMs = 5_000 } = options;
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim());
  const isOurs = async (): Promise<boolean> => ((await commandOf(pid)) ?? '').includes(marker);

  if (!Number.isSafeInteger(pid) || pid <= 1 || !(await isOurs())) {
    await rm(pidFile, { force: true });
    return 'nothing';
  }
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalIfThere(pid, signal);
    if (await becomes(async () => !(await isOurs()), graceMs)) break;
  }
  await rm(pidFile, { force: true });
  return 'ended';
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
