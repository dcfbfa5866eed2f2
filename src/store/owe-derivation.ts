import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';

/** Stands in a directory whose accounts are to be derived anew, all of them. */
export const OWED_DERIVATION = { 'sync.policyKey': null, 'sync.deriving': null } as const;

/** Has everybody of a directory derived anew, beside the live events. A second call changes nothing. */
export const oweDerivation = async (
  { directories }: Pick<Database, 'directories'>,
  session: ClientSession,
  directoryId: string,
): Promise<void> => {
  await directories.updateOne({ _id: directoryId }, { $set: OWED_DERIVATION }, { session });
};
