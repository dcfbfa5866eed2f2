import { directoryId as directory } from '../src/domain/ids.ts';
import { frozenAt, type SyncStatus } from '../src/domain/directory.ts';
import { fenceVersion, versionTime, type Version } from '../src/domain/version.ts';
import { changeDirectory } from '../src/store/change-directory.ts';
import { knownDirectory } from '../src/store/stored-record.ts';
import type { Dependencies } from './dependencies.ts';

/** What an operator may decide of a directory. */
export const createPauseResume = ({ database, now }: Dependencies) => ({
  /** Lets events wait as pending. A repeat changes nothing. */
  pauseDirectory: (input: { readonly directoryId: string }): Promise<SyncStatus> =>
    changeDirectory(database, directory(input.directoryId), (stored) =>
      Promise.resolve({
        result: 'paused' as const,
        sync: { ...stored.sync, paused: true },
      }),
    ),

  /** Ends a pause and a freeze, both where both are. A repeat changes nothing. */
  resumeDirectory: async (input: { readonly directoryId: string }): Promise<SyncStatus> => {
    const id = directory(input.directoryId);
    await changeDirectory(database, id, (stored) => {
      // Decided of a deletion that is known: one that waits behind a pause still freezes.
      const deleted = frozenAt(knownDirectory(stored));
      return Promise.resolve({
        result: undefined,
        fields: { attention: null },
        sync: {
          ...stored.sync,
          paused: false,
          connection: stored.sync.connection === 'unlinked' ? 'linked' : stored.sync.connection,
          ...(deleted === null ? {} : { thawed: after(deleted, now()), deprovisioning: null }),
        },
      });
    });
    const changed = await database.directories.findOne({ _id: id });
    return changed?.syncStatus ?? 'pending';
  },
});

/** Now, but after the deletion also where WorkOS's clock is ahead of ours. */
const after = (deleted: Version, now: Date): Version =>
  fenceVersion(Math.max(now.getTime(), versionTime(deleted) + 1));
