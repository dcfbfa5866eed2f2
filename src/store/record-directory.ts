import { afterShown } from '../domain/connection.ts';
import type { DirectoryId } from '../domain/ids.ts';
import type { DirectoryContent } from '../domain/observation.ts';
import { isNewer, newest, type Version } from '../domain/version.ts';
import { changeDirectory } from './change-directory.ts';
import type { Database } from './database.ts';
import type { DirectoryDocument } from './documents.ts';
import { standingFields, storedStanding } from './stored-standing.ts';
import { writeAudit } from './write-audit.ts';

/** What WorkOS's API shows of a directory, at the fence. */
export interface ShownDirectory {
  readonly directoryId: DirectoryId;
  readonly content: DirectoryContent;
  /** How it is connected; null when it is not, which leaves the connection as it stands. */
  readonly connection: 'linked' | 'validating' | null;
  /** Whether it is there at all: not one that WorkOS deletes or no longer links. */
  readonly alive: boolean;
  readonly fence: Version;
  readonly now: Date;
}

/**
 * Records what WorkOS's API shows of a directory as its backfill begins to read it, unless an event
 * has told newer content. The backfill pays all that were owed until now, and what an operator was
 * asked to look at may be over by it. Another organization than the one known is told
 * once. A repeat changes nothing.
 */
export const recordDirectory = (database: Database, shown: ShownDirectory): Promise<void> =>
  changeDirectory(database, shown.directoryId, async (directory, session) => {
    const standing = storedStanding(directory);
    const { attention, ...connection } = standingFields(
      shown.connection === null ? standing : afterShown(standing, shown.connection),
    );
    const newer = isNewer(shown.fence, directory.sync.contentVersion);
    const other = newer ? otherOrganization(directory, shown.content) : null;
    if (other !== null)
      await writeAudit({ database, session, now: shown.now, attempt: 1 }, [
        {
          type: 'dsync.error',
          cause: { event: null, key: `listing:${shown.fence}` },
          directoryId: shown.directoryId,
          organizationId: other,
          userId: null,
          groupId: null,
          reason: 'organization-differs',
          severity: 'warning',
          metadata: {},
        },
      ]);
    const { organizationId, name, type } = shown.content;
    return {
      result: undefined,
      fields: { attention, ...(newer ? { organizationId, name, type } : {}) },
      sync: {
        ...directory.sync,
        ...connection,
        owesBackfill: false,
        alive: shown.alive ? newest(directory.sync.alive, shown.fence) : directory.sync.alive,
        contentVersion: newest(directory.sync.contentVersion, shown.fence),
        ...(other === null ? {} : { otherOrganization: other }),
      },
    };
  });

/** The organization shown where another one is known, and nobody has been told of it. */
const otherOrganization = (
  { organizationId: known, sync }: DirectoryDocument,
  { organizationId: shown }: DirectoryContent,
): string | null =>
  known === null || shown === known || shown === sync.otherOrganization ? null : shown;
