import { haltsOf } from '../domain/directory.ts';
import { knownDirectory } from '../store/stored-record.ts';
import type { CommandDeps } from './command-deps.ts';
import { requireDirectory } from './require-directory.ts';
import { updateDirectory } from './directory-workflow.ts';
import type { Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'temporal' | 'config'>;

/** Pauses a known directory. A repeat changes nothing. */
export const pause = async (deps: Deps, directory: string): Promise<Outcome> => {
  await requireDirectory(deps.database(), directory);
  const syncStatus = await updateDirectory(targetOf(deps, directory), 'pause');
  return {
    data: { directory, syncStatus },
    text: `Directory ${directory} is ${syncStatus}: its events wait until \`dsync resume ${directory}\`.`,
  };
};

/** Ends a known directory's pause and freeze, whichever there are. A repeat changes nothing. */
export const resume = async (deps: Deps, directory: string): Promise<Outcome> => {
  const stored = await requireDirectory(deps.database(), directory);
  const ended = haltsOf(knownDirectory(stored));
  const syncStatus = await updateDirectory(targetOf(deps, directory), 'resume');
  const goesOn = ended.length === 0 ? 'was not halted' : `is no longer ${ended.join(' and ')}`;
  return {
    data: { directory, ended, syncStatus },
    text: `Directory ${directory} ${goesOn}; its sync status is ${syncStatus}.${stored.state === 'deleted' && syncStatus !== 'paused' ? ' WorkOS has deleted it: its people keep their access until it is connected again or your application takes it away, and the next resync freezes it again.' : ''}`,
  };
};

const targetOf = (deps: Deps, directoryId: string) => ({
  temporal: deps.temporal(),
  taskQueue: deps.config.taskQueue,
  directoryId,
});
