import type { KnownUser } from './batch-state.ts';
import { unseenRecord, type JoinedRecord } from './record.ts';
import { isNewer, newest, type Version } from './version.ts';
import type { Membership } from './membership.ts';

/** The deletion that a hard-deleted person was purged for: the first of those their tombstone keeps. */
const purgedDeletion = (known: KnownUser): Version | null =>
  known.purged ? (known.record.life.deletions[0] ?? null) : null;

/**
 * Whether a hard-deleted person stays away: nothing shows them alive after the deletion they were
 * purged for. Later deletions do not move that moment, or a return that they overtook would be lost.
 */
export const staysPurged = (known: KnownUser, observed: JoinedRecord<unknown>): boolean =>
  known.purged && !isNewer(observed.life.alive, purgedDeletion(known));

/** What may be kept of somebody who stays away: deletions since the purge, and no personal data. */
export const remainPurged = (known: KnownUser, observed: JoinedRecord<unknown>) => ({
  ...unseenRecord,
  life: {
    alive: null,
    deletions: observed.life.deletions.filter((at) => !isNewer(purgedDeletion(known), at)),
  },
});

/** Whether a membership belongs to the life that was purged, and is forgotten with it. */
export const isOfPurgedLife = (known: KnownUser, membership: Membership): boolean =>
  known.purged && !isNewer(newest(membership.added, membership.removed), purgedDeletion(known));
