import { directoryStateOf, syncStatusOf } from '../domain/directory.ts';
import type { DirectoryId } from '../domain/ids.ts';
import type { Database } from './database.ts';
import type { DirectoryDocument } from './documents.ts';
import { knownDirectory } from './stored-record.ts';
import { transact } from './transact.ts';

type Session = Parameters<Parameters<typeof transact>[1]>[0];

/** Changes a directory's document and re-derives its state and status, in one transaction. */
export const changeDirectory = <Result>(
  database: Database,
  directoryId: DirectoryId,
  change: (
    directory: DirectoryDocument,
    session: Session,
  ) => Promise<{
    readonly result: Result;
    readonly fields?: Partial<
      Pick<DirectoryDocument, 'organizationId' | 'name' | 'type' | 'attention' | 'lastSyncedAt'>
    >;
    readonly sync?: DirectoryDocument['sync'];
  }>,
): Promise<Result> =>
  transact(database, async (session) => {
    const directory = await database.directories.findOneAndUpdate(
      { _id: directoryId },
      { $inc: { 'sync.rev': 1 } },
      { session, returnDocument: 'after' },
    );
    if (directory === null) throw new UnknownDirectory(directoryId);
    const { result, fields = {}, sync = directory.sync } = await change(directory, session);
    const known = knownDirectory({ ...directory, ...fields, sync });
    await database.directories.updateOne(
      { _id: directoryId },
      {
        $set: { ...fields, sync, state: directoryStateOf(known), syncStatus: syncStatusOf(known) },
      },
      { session },
    );
    return result;
  });

/** Nobody has told us of this directory. */
export class UnknownDirectory extends Error {
  override readonly name = 'UnknownDirectory';
  readonly code = 'unknown-directory';
  constructor(directoryId: string) {
    super(`No directory ${directoryId} is known.`);
  }
}
