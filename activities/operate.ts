import { directoryId as directory } from '../src/domain/ids.ts';
import { fenceVersion } from '../src/domain/version.ts';
import { changeDirectory } from '../src/store/backfills.ts';
import type { SyncStatus } from '../src/domain/directory.ts';
import type { Dependencies } from './dependencies.ts';

/** What an operator may decide of a directory. */
export const createOperate = ({ database, now }: Dependencies) => ({
  /** Lets events wait as pending. A repeat changes nothing. */
  pauseDirectory: (input: { readonly directoryId: string }): Promise<SyncStatus> =>
    changeDirectory(database, directory(input.directoryId), (stored) =>
      Promise.resolve({
        result: 'paused' as const,
        sync: { ...stored.sync, paused: true },
      }),
    ),

  /** Goes on after a pause, or after WorkOS deleted the directory. A repeat changes nothing. */
  resumeDirectory: async (input: { readonly directoryId: string }): Promise<SyncStatus> => {
    const id = directory(input.directoryId);
    await changeDirectory(database, id, (stored) =>
      Promise.resolve({
        result: undefined,
        fields: { attention: null },
        sync: {
          ...stored.sync,
          paused: false,
          connection: stored.sync.connection === 'unlinked' ? 'linked' : stored.sync.connection,
          ...(stored.sync.paused ? {} : { thawed: fenceVersion(now().getTime()) }),
        },
      }),
    );
    const changed = await database.directories.findOne({ _id: id });
    return changed?.syncStatus ?? 'pending';
  },
});
