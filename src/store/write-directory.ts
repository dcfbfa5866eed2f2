import type { ClientSession } from 'mongodb';
import type { BatchState, DirectoryChange } from '../domain/batch-state.ts';
import { directoryStateOf, frozenAt, syncStatusOf } from '../domain/directory.ts';
import type { Database } from './database.ts';
import type { DirectoryDocument } from './documents.ts';

/** Writes, within a batch's transaction, what the batch says of the directory itself. */
export const writeDirectory = async (
  context: {
    readonly database: Database;
    readonly session: ClientSession;
    readonly state: BatchState;
    readonly now: Date;
  },
  stored: DirectoryDocument,
  change: DirectoryChange,
  lastEventAt: Date | null,
): Promise<void> => {
  const activated = change.owesBackfill;
  const connection = activated ? 'linked' : context.state.directory.connection;
  const directory = { ...context.state.directory, record: change.record, connection } as const;
  const content = change.content;
  const { otherOrganization: other, deprovisioned } = change;
  // Only the directory itself can say whether it moved.
  const doubted = other !== context.state.directory.otherOrganization;
  await context.database.directories.updateOne(
    { _id: stored._id },
    {
      $set: {
        state: directoryStateOf(directory),
        syncStatus: syncStatusOf(directory),
        lastAppliedAt: context.now,
        'sync.alive': change.record.life.alive,
        'sync.deletions': [...change.record.life.deletions],
        'sync.contentVersion': change.record.dated?.version ?? null,
        'sync.connection': connection,
        ...(content === null
          ? {}
          : { organizationId: content.organizationId, name: content.name, type: content.type }),
        ...(activated ? { 'sync.owesBackfill': true, 'sync.refusal': null, attention: null } : {}),
        ...(doubted ? { 'sync.owesBackfill': true, 'sync.otherOrganization': other } : {}),
        ...(deprovisioned === context.state.directory.deprovisioned
          ? {}
          : { 'sync.deprovisioned': deprovisioned, 'sync.deprovisioning': deprovisioned }),
        ...(frozenAt(directory) === null
          ? { 'sync.deprovisioning': null }
          : { attention: 'directory-deleted' }),
      },
      ...(lastEventAt === null ? {} : { $max: { lastEventAt } }),
    },
    { session: context.session },
  );
};
