import type { DirectoryId } from '../domain/ids.ts';
import type { DirectoryDocument } from './documents.ts';

/** A directory at its first mention: recorded, and owing its first backfill. */
export const newDirectory = (id: DirectoryId): DirectoryDocument => ({
  _id: id,
  organizationId: null,
  name: null,
  type: null,
  state: 'linked',
  syncStatus: 'pending',
  lastSyncedAt: null,
  lastEventAt: null,
  lastAppliedAt: null,
  heldRemovals: 0,
  attention: null,
  sync: {
    alive: null,
    deletions: [],
    contentVersion: null,
    connection: 'linked',
    paused: false,
    thawed: null,
    backfilling: null,
    generation: 0,
    owesBackfill: true,
    usersListed: null,
    groupsListed: null,
    membershipsListed: null,
    rev: 0,
  },
});
