import type { DirectoryId } from '../src/domain/ids.ts';
import { WorkosError } from '../src/workos/failure.ts';
import type { Listings } from '../src/workos/list-pages.ts';
import { listingRefused } from './failures.ts';

/**
 * Asks for a page of a directory's listing. When WorkOS refuses it and shows the directory all the
 * same, that directory is refused, for good; when it refuses both, our key is, as WorkosError says.
 */
export const askListing = async <Result>(
  listings: Pick<Listings, 'directory'>,
  id: DirectoryId,
  ask: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof WorkosError) || error.failure.kind !== 'unauthorized') throw error;
    await listings.directory(id);
    throw listingRefused('listing-refused');
  }
};
