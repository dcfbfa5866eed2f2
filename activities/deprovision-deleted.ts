import { directoryUserId, directoryId as directory, groupId } from '../src/domain/ids.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { Told } from '../src/domain/told.ts';
import { versionEvent, type Version } from '../src/domain/version.ts';
import { nextMissing, type FinishedListing } from '../src/store/absences.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import { changeDirectory } from '../src/store/change-directory.ts';
import { mayDeprovision } from '../src/store/duties.ts';
import type { Dependencies } from './dependencies.ts';

const CHUNK = 500;
/** Leaves the rest to the next call, so that an activation which came meanwhile is seen. */
const ENOUGH_MS = 20_000;

/**
 * Ends everybody whom a deleted directory had at its deletion, as its policy says: people and groups
 * become deleted at the deletion's own version, some hundred a transaction. Answers whether somebody
 * may be left; a repeat goes on where the last commit stopped. Ends at once when the directory is
 * paused, or has returned.
 */
export const createDeprovisionDeleted =
  ({ database, now }: Pick<Dependencies, 'database' | 'now'>, chunk = CHUNK) =>
  async (input: { readonly directoryId: string }): Promise<{ readonly left: boolean }> => {
    const directoryId = directory(input.directoryId);
    const until = now().getTime() + ENOUGH_MS;
    const deletion = async (): Promise<Version | null> => {
      const stored = await database.directories.findOne({ _id: directoryId });
      return stored !== null && mayDeprovision(stored)
        ? (stored.sync.deprovisioning ?? null)
        : null;
    };
    const fence = await deletion();
    if (fence === null) return { left: false };
    for (const kind of ['users', 'groups'] as const) {
      const listing = { directoryId, of: kind, fence };
      let ended = await nextMissing(database, listing, { after: null, limit: chunk });
      while (ended.length > 0) {
        if ((await deletion()) !== fence || now().getTime() > until) return { left: true };
        const { paused } = await applyBatch(database, {
          directoryId,
          told: [endedBy(listing, ended)],
          deprovisioning: fence,
          lock: true,
          now,
        });
        if (paused) return { left: true };
        const after = ended.at(-1)?._id ?? null;
        ended = await nextMissing(database, listing, { after, limit: chunk });
      }
    }
    await changeDirectory(database, directoryId, ({ sync }) =>
      Promise.resolve({
        result: undefined,
        sync: sync.deprovisioning === fence ? { ...sync, deprovisioning: null } : sync,
      }),
    );
    return { left: false };
  };

const endedBy = (
  { directoryId, of, fence: version }: FinishedListing,
  ended: readonly { readonly id: string }[],
): Told => {
  const gone = { directoryId, version, shows: 'deleted' } as const;
  return {
    cause: { event: versionEvent(version), key: versionEvent(version) ?? version },
    observations: ended.map(({ id }): Observation =>
      of === 'users'
        ? { of: 'user', id: directoryUserId(id), ...gone }
        : { of: 'group', id: groupId(id), ...gone },
    ),
  };
};
