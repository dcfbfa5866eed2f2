import { lastDeletion } from './lifecycle.ts';
import type { JoinedRecord } from './record.ts';
import { isNewer, newest, type Version } from './version.ts';

/** One person in one group: the newest version that added them, and the newest that removed them. */
export interface Membership {
  readonly added: Version | null;
  readonly removed: Version | null;
}

/** A membership of which nothing was observed. */
export const unseenMembership: Membership = { added: null, removed: null };

/** The membership after one more observation. */
export const observeMembership = (
  membership: Membership,
  seen: { readonly shows: 'added' | 'removed'; readonly version: Version },
): Membership =>
  joinMemberships(
    membership,
    seen.shows === 'added'
      ? { added: seen.version, removed: null }
      : { added: null, removed: seen.version },
  );

/** The join of two memberships: commutative, associative, idempotent. */
export const joinMemberships = (a: Membership, b: Membership): Membership => ({
  added: newest(a.added, b.added),
  removed: newest(a.removed, b.removed),
});

/** What ends memberships besides their own removal. */
export interface MembershipContext {
  readonly user: JoinedRecord<unknown>;
  readonly group: JoinedRecord<unknown>;
  /** The fence of the directory's last complete listing of all memberships. */
  readonly directoryListed: Version | null;
}

/**
 * Live when its addition is newer than its own removal and than the last deletion of its user and
 * of its group, and not older than any complete listing that would have shown it.
 */
export const isLive = (membership: Membership, context: MembershipContext): boolean =>
  isNewer(membership.added, membership.removed) &&
  isNewer(membership.added, lastDeletion(context.user.life)) &&
  isNewer(membership.added, lastDeletion(context.group.life)) &&
  !isNewer(context.user.listed, membership.added) &&
  !isNewer(context.group.listed, membership.added) &&
  !isNewer(context.directoryListed, membership.added);
