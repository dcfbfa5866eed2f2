import { frozenAt } from '../src/domain/directory.ts';
import type { DirectoryId } from '../src/domain/ids.ts';
import { knownDirectory } from '../src/store/stored-record.ts';
import type { Dependencies } from './dependencies.ts';
import { listingPaused, listingRefused } from './failures.ts';

/**
 * Throws while the directory must not be listed. For a while when an operator has it paused: a wait
 * in here would take a slot from another directory for as long as that lasts. For good when WorkOS
 * has deleted or unlinked it: what its listings then leave out, they leave out for everybody, and
 * nobody may be deprovisioned by it.
 */
export const requireListable = async (
  { database }: Pick<Dependencies, 'database'>,
  id: DirectoryId,
): Promise<void> => {
  const stored = await database.directories.findOne({ _id: id });
  if (stored === null) return;
  const directory = knownDirectory(stored);
  if (frozenAt(directory) !== null) throw listingRefused('directory-deleted');
  if (directory.connection === 'unlinked') throw listingRefused('directory-unlinked');
  if (directory.paused) throw listingPaused();
};
