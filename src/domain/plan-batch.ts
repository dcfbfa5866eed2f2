import { accessOf, userTransitions, type Access } from './access.ts';
import type {
  BatchState,
  DirectoryChange,
  GroupChange,
  KnownGroup,
  KnownMembership,
  KnownUser,
  MembershipChange,
  UserChange,
} from './batch-state.ts';
import { frozenAt } from './directory.ts';
import type { AuditEntry, AuditType, Mail } from './effect.ts';
import { membershipId, provisionedUserId, type DirectoryUserId, type GroupId } from './ids.ts';
import { isAlive, lastDeletion } from './lifecycle.ts';
import { isLive, observeMembership, unseenMembership } from './membership.ts';
import type {
  DirectoryObservation,
  GroupObservation,
  MembershipObservation,
  Observation,
  UserObservation,
} from './observation.ts';
import { observe, observeListing, observeRead, oweRead, unseenRecord } from './record.ts';
import type { Cause, Told } from './told.ts';
import { isNewer, type Version } from './version.ts';

/** What one transaction writes. */
export interface BatchPlan {
  readonly users: readonly UserChange[];
  readonly groups: readonly GroupChange[];
  readonly memberships: readonly MembershipChange[];
  readonly directory: DirectoryChange;
  readonly audit: readonly AuditEntry[];
  readonly mails: readonly Mail[];
  /** People and groups whose last deletion moved: their memberships must be looked through. */
  readonly endedUsers: readonly DirectoryUserId[];
  readonly endedGroups: readonly GroupId[];
}

/** Complete reads that a batch brings: whose memberships were listed whole, and since when. */
export interface CompleteReads {
  readonly fence: Version;
  readonly users: readonly DirectoryUserId[];
  readonly groups: readonly GroupId[];
}

interface Draft<Change> {
  change: Change;
  dirty: boolean;
}

/**
 * Folds what was told into what is known. Pure: the same state and the same telling, in any order
 * and however often, lead to the same records. A repeat of what is known plans nothing.
 */
export const planBatch = (
  state: BatchState,
  told: readonly Told[],
  reads: CompleteReads | null = null,
): BatchPlan => {
  const users = new Map<DirectoryUserId, Draft<UserChange>>();
  const groups = new Map<GroupId, Draft<GroupChange>>();
  const memberships = new Map<
    string,
    { seen: MembershipObservation; change: MembershipChange; cause: Cause }
  >();
  const audit: AuditEntry[] = [];
  const mails: Mail[] = [];
  let directory: DirectoryChange = {
    record: state.directory.record,
    content: null,
    owesBackfill: false,
  };

  const note = (
    type: AuditType,
    cause: Cause,
    about: Partial<Pick<AuditEntry, 'userId' | 'groupId' | 'organizationId' | 'metadata'>> & {
      reason?: string;
    },
  ): void => {
    audit.push({
      type,
      cause,
      directoryId: state.directoryId,
      organizationId:
        about.organizationId ?? state.directory.record.dated?.content.organizationId ?? null,
      userId: about.userId ?? null,
      groupId: about.groupId ?? null,
      reason: about.reason ?? 'directory_sync',
      severity: 'info',
      metadata: about.metadata ?? {},
    });
  };

  const userDraft = (id: DirectoryUserId): Draft<UserChange> => {
    const drafted = users.get(id);
    if (drafted !== undefined) return drafted;
    const known = state.users.get(id) ?? unknownUser(id);
    const draft = {
      change: {
        id,
        known,
        record: known.record,
        content: null,
        revokeSessions: false,
        welcomed: known.welcomed,
      },
      dirty: false,
    };
    users.set(id, draft);
    return draft;
  };

  const groupDraft = (id: GroupId): Draft<GroupChange> => {
    const drafted = groups.get(id);
    if (drafted !== undefined) return drafted;
    const known = state.groups.get(id) ?? UNKNOWN_GROUP;
    const draft = { change: { id, known, record: known.record, content: null }, dirty: false };
    groups.set(id, draft);
    return draft;
  };

  const tellUser = (seen: UserObservation, cause: Cause): void => {
    const draft = userDraft(seen.id);
    const { known, record: before } = draft.change;
    const observed = observeListing(observe(before, seen), state.directory.usersListed);
    if (known.purged && !isAlive(observed.life)) {
      draft.dirty ||= isNewer(lastDeletion(observed.life), lastDeletion(before.life));
      draft.change = {
        ...draft.change,
        record: { ...unseenRecord, life: { alive: null, deletions: observed.life.deletions } },
      };
      return;
    }
    const access = { before: accessOf(before), after: accessOf(observed) };
    const returned = access.before.exists && !access.before.enabled && access.after.enabled;
    const record = returned ? oweRead(observed, seen.version) : observed;
    const contentChanged =
      seen.shows === 'alive' && record.dated?.version !== before.dated?.version;
    if (record.life === before.life && !contentChanged) return;
    draft.dirty = true;
    draft.change = {
      ...draft.change,
      record,
      content: contentChanged && seen.shows === 'alive' ? seen.content : draft.change.content,
      revokeSessions:
        draft.change.revokeSessions ||
        (access.after.exists && !access.after.enabled && ended(access)),
    };
    for (const type of userTransitions({ ...access, contentChanged })) {
      note(type, cause, {
        userId: known.userId,
        reason:
          type === 'user.deprovisioned'
            ? (access.after.deletionReason ?? 'directory_sync')
            : 'directory_sync',
        organizationId: draft.change.content?.organizationId ?? null,
      });
    }
  };

  const tellGroup = (seen: GroupObservation, cause: Cause): void => {
    const draft = groupDraft(seen.id);
    const before = draft.change.record;
    const record = observeListing(observe(before, seen), state.directory.groupsListed);
    const contentChanged =
      seen.shows === 'alive' && record.dated?.version !== before.dated?.version;
    if (record.life === before.life && !contentChanged) return;
    draft.dirty = true;
    draft.change = {
      ...draft.change,
      record,
      content: contentChanged && seen.shows === 'alive' ? seen.content : draft.change.content,
    };
    const was = isAlive(before.life);
    const is = isAlive(record.life);
    if (!was && is) note('group.created', cause, { groupId: seen.id });
    else if (was && !is) note('group.deleted', cause, { groupId: seen.id });
    else if (contentChanged) note('group.updated', cause, { groupId: seen.id });
  };

  const tellMembership = (seen: MembershipObservation, cause: Cause): void => {
    const id = membershipId(seen.group, seen.user);
    const before = memberships.get(id);
    const known = state.memberships.get(id) ?? UNKNOWN_MEMBERSHIP;
    const membership = observeMembership(before?.change.membership ?? known.membership, seen);
    memberships.set(id, {
      seen,
      cause:
        before !== undefined && isNewer(before.seen.version, seen.version) ? before.cause : cause,
      change: {
        group: seen.group,
        user: seen.user,
        userId: userDraft(seen.user).change.known.userId,
        known,
        membership,
        live: false,
      },
    });
  };

  const tellDirectory = (seen: DirectoryObservation, cause: Cause): void => {
    const before = directory.record;
    const record = observe(
      before,
      seen.shows === 'alive' ? { ...seen, content: { ...seen.content, updatedAt: 0 } } : seen,
    );
    if (record.life === before.life) return;
    const was = isAlive(before.life);
    const is = isAlive(record.life);
    directory = {
      record,
      content:
        seen.shows === 'alive' && record.dated !== before.dated ? seen.content : directory.content,
      owesBackfill: directory.owesBackfill || (seen.shows === 'alive' && is),
    };
    if (seen.shows === 'alive' && is) note('directory.activated', cause, {});
    if (was && !is) note('directory.deleted', cause, {});
    if (frozenAt({ ...state.directory, record }) !== null && was)
      note('directory.frozen', cause, {});
  };

  const tell = (seen: Observation, cause: Cause): void => {
    switch (seen.of) {
      case 'user':
        return tellUser(seen, cause);
      case 'group':
        return tellGroup(seen, cause);
      case 'membership':
        return tellMembership(seen, cause);
      case 'directory':
        return tellDirectory(seen, cause);
    }
  };

  for (const { cause, observations } of told) for (const seen of observations) tell(seen, cause);

  if (reads !== null) {
    for (const id of reads.users) markRead(userDraft(id), reads.fence);
    for (const id of reads.groups) markRead(groupDraft(id), reads.fence);
  }

  const liveMemberships: MembershipChange[] = [];
  for (const { change, cause } of memberships.values()) {
    const user = userDraft(change.user);
    const group = groupDraft(change.group);
    if (user.change.known.purged && !isAlive(user.change.record.life)) continue;
    const live = isLive(change.membership, {
      user: user.change.record,
      group: group.change.record,
      directoryListed: state.directory.membershipsListed,
    });
    const { known } = change;
    if (
      known.stored &&
      known.live === live &&
      known.membership.added === change.membership.added &&
      known.membership.removed === change.membership.removed
    )
      continue;
    // The outcome rests on both records: write them too, or a concurrent change goes unseen.
    user.dirty = true;
    group.dirty = true;
    liveMemberships.push({ ...change, live });
    if (known.live !== live)
      note(live ? 'membership.added' : 'membership.removed', cause, {
        userId: change.userId,
        groupId: change.group,
      });
  }

  const changedUsers: UserChange[] = [];
  for (const draft of users.values()) {
    if (!draft.dirty) continue;
    const welcome = welcomes(draft.change, state);
    if (welcome.mail !== null) mails.push(welcome.mail);
    changedUsers.push({ ...draft.change, welcomed: welcome.welcomed });
  }
  const changedGroups = [...groups.values()]
    .filter((draft) => draft.dirty)
    .map((draft) => draft.change);

  return {
    users: changedUsers,
    groups: changedGroups,
    memberships: liveMemberships,
    directory,
    audit,
    mails,
    endedUsers: changedUsers.filter(deletionMoved).map((change) => change.id),
    endedGroups: changedGroups.filter(deletionMoved).map((change) => change.id),
  };
};

const UNKNOWN_GROUP: KnownGroup = { record: unseenRecord, stored: false };
const UNKNOWN_MEMBERSHIP: KnownMembership = {
  membership: unseenMembership,
  live: false,
  stored: false,
};
const unknownUser = (id: DirectoryUserId): KnownUser => ({
  userId: provisionedUserId(id),
  record: unseenRecord,
  home: 'none',
  purged: false,
  welcomed: false,
});

/** Whether an account lost its access just now, or is first seen without. */
const ended = (access: { readonly before: Access; readonly after: Access }): boolean =>
  access.before.enabled || !access.before.exists;

const deletionMoved = (change: UserChange | GroupChange): boolean =>
  isNewer(lastDeletion(change.record.life), lastDeletion(change.known.record.life)) ||
  isNewer(change.record.listed, change.known.record.listed);

const markRead = (draft: Draft<UserChange> | Draft<GroupChange>, fence: Version): void => {
  if (!isNewer(fence, draft.change.record.listed)) return;
  const record = observeRead<{ readonly updatedAt: number }>(draft.change.record, fence);
  Object.assign(draft, { change: { ...draft.change, record }, dirty: true });
};

const welcomes = (
  change: UserChange,
  state: BatchState,
): { readonly mail: Mail | null; readonly welcomed: boolean } => {
  const due = !change.welcomed && accessOf(change.record).enabled && hasEmail(change);
  if (!due) return { mail: null, welcomed: change.welcomed };
  const firstBackfill = state.directory.lastSyncedAt === null;
  const wanted =
    state.policy.welcomeMail === 'all' || (state.policy.welcomeMail === 'live' && !firstBackfill);
  const mail: Mail = {
    template: 'welcome',
    user: change.id,
    userId: change.known.userId,
    directoryId: state.directoryId,
  };
  return { mail: wanted ? mail : null, welcomed: true };
};

const hasEmail = (change: UserChange): boolean =>
  (change.record.dated?.content.email ?? null) !== null;
