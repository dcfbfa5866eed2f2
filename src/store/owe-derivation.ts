import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';

/** Has everybody of a directory derived anew, beside the live events. A second call changes nothing. */
export const oweDerivation = async (
  { directories }: Pick<Database, 'directories'>,
  session: ClientSession,
  directoryId: string,
): Promise<void> => {
  await directories.updateOne(
    { _id: directoryId },
    { $set: { 'sync.policyKey': null, 'sync.deriving': null } },
    { session },
  );
};
