import { groupDraft, note, userDraft, type BatchDraft } from './batch-draft.ts';
import type { KnownMembership, MembershipChange } from './batch-state.ts';
import { membershipId } from './ids.ts';
import { isLive, observeMembership, unseenMembership } from './membership.ts';
import type { MembershipObservation } from './observation.ts';
import { isOfPurgedLife } from './purged.ts';
import type { Cause } from './told.ts';
import { isNewer } from './version.ts';

/** Folds one observation of a membership into the batch; whether it is live is settled at the end. */
export const tellMembership = (
  batch: BatchDraft,
  seen: MembershipObservation,
  cause: Cause,
): void => {
  const id = membershipId(seen.group, seen.user);
  const before = batch.memberships.get(id);
  const known = batch.state.memberships.get(id) ?? UNKNOWN_MEMBERSHIP;
  const overtaken = before !== undefined && isNewer(before.newest, seen.version);
  batch.memberships.set(id, {
    newest: overtaken ? before.newest : seen.version,
    cause: overtaken ? before.cause : cause,
    change: {
      group: seen.group,
      user: seen.user,
      userId: userDraft(batch, seen.user).change.known.userId,
      known,
      membership: observeMembership(before?.change.membership ?? known.membership, seen),
      live: false,
    },
  });
};

/**
 * Decides which drafted memberships are live, once every record of the batch is final, and returns
 * those to write.
 */
export const settleMemberships = (batch: BatchDraft): readonly MembershipChange[] => {
  const settled: MembershipChange[] = [];
  for (const draft of batch.memberships.values()) {
    const user = userDraft(batch, draft.change.user);
    const group = groupDraft(batch, draft.change.group);
    if (isOfPurgedLife(user.change.known, draft.change.membership)) continue;
    const live = isLive(draft.change.membership, {
      user: user.change.record,
      group: group.change.record,
      directoryListed: batch.state.directory.membershipsListed,
    });
    const change = { ...draft.change, live };
    if (isAsKnown(change)) continue;
    // The outcome rests on both records: write them too, or a concurrent change goes unseen.
    user.dirty = true;
    group.dirty = true;
    settled.push(change);
    if (change.known.live !== live)
      note(batch, live ? 'membership.added' : 'membership.removed', draft.cause, {
        userId: change.userId,
        groupId: change.group,
      });
  }
  return settled;
};

const isAsKnown = ({ known, membership, live }: MembershipChange): boolean =>
  known.stored &&
  known.live === live &&
  known.membership.added === membership.added &&
  known.membership.removed === membership.removed;

const UNKNOWN_MEMBERSHIP: KnownMembership = {
  membership: unseenMembership,
  live: false,
  stored: false,
};
