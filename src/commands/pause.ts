import type { CommandDeps } from './command-deps.ts';
import { knownDirectory } from './count-directories.ts';
import { updateDirectory } from './directory-workflow.ts';
import type { Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'temporal' | 'config'>;

/** Pauses or resumes a known directory. A repeat changes nothing. */
export const pauseOrResume = async (
  deps: Deps,
  { directory, update }: { readonly directory: string; readonly update: 'pause' | 'resume' },
): Promise<Outcome> => {
  await knownDirectory(deps.database(), directory);
  const syncStatus = await updateDirectory(
    { temporal: deps.temporal(), taskQueue: deps.config.taskQueue, directoryId: directory },
    update,
  );
  return {
    data: { directory, syncStatus },
    text:
      update === 'pause'
        ? `Directory ${directory} is ${syncStatus}: its events wait until \`dsync resume ${directory}\`.`
        : `Directory ${directory} goes on; its sync status is ${syncStatus}.`,
  };
};
