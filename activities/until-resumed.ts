import { frozenAt } from '../src/domain/directory.ts';
import type { DirectoryId } from '../src/domain/ids.ts';
import { knownDirectory } from '../src/store/stored-record.ts';
import type { Dependencies } from './dependencies.ts';
import { listingRefused } from './failures.ts';

const PAUSED_MS = 5000;

/**
 * Waits while an operator has the directory paused, calling `waiting` every five seconds. Throws for
 * good when WorkOS has deleted or unlinked the directory: what its listings then leave out, they
 * leave out for everybody, and nobody may be deprovisioned by it.
 */
export const untilResumed = async (
  deps: Pick<Dependencies, 'database' | 'pause'>,
  id: DirectoryId,
  waiting: () => void,
): Promise<void> => {
  const stored = await deps.database.directories.findOne({ _id: id });
  if (stored === null) return;
  const directory = knownDirectory(stored);
  if (frozenAt(directory) !== null) throw listingRefused('directory-deleted');
  if (directory.connection === 'unlinked') throw listingRefused('directory-unlinked');
  if (!directory.paused) return;
  waiting();
  await deps.pause(PAUSED_MS);
  return untilResumed(deps, id, waiting);
};
