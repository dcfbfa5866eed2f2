import { draftBatch, type BatchDraft } from './batch-draft.ts';
import type {
  BatchState,
  DirectoryChange,
  GroupChange,
  MembershipChange,
  UserChange,
} from './batch-state.ts';
import { markReads, type CompleteReads } from './complete-reads.ts';
import type { AuditEntry, Mail } from './effect.ts';
import type { DirectoryUserId, GroupId } from './ids.ts';
import { lastDeletion } from './lifecycle.ts';
import type { Observation } from './observation.ts';
import { tellDirectory } from './tell-directory.ts';
import { tellGroup } from './tell-group.ts';
import { settleMemberships, tellMembership } from './tell-membership.ts';
import { tellUser } from './tell-user.ts';
import type { Cause, Told } from './told.ts';
import { isNewer } from './version.ts';
import { welcome, welcomeAgain } from './welcome.ts';

export type { CompleteReads } from './complete-reads.ts';

/** What one transaction writes. */
export interface BatchPlan {
  readonly users: readonly UserChange[];
  readonly groups: readonly GroupChange[];
  readonly memberships: readonly MembershipChange[];
  readonly directory: DirectoryChange;
  readonly audit: readonly AuditEntry[];
  readonly mails: readonly Mail[];
  /** Mails planned before, to be sent after all if they were given up. */
  readonly mailsAgain: readonly Mail[];
  /** People and groups whose last deletion moved: their memberships must be looked through. */
  readonly endedUsers: readonly DirectoryUserId[];
  readonly endedGroups: readonly GroupId[];
}

/**
 * Folds what was told into what is known. Pure: the same state and the same telling, in any order
 * and however often, lead to the same records. A repeat of what is known plans nothing.
 */
export const planBatch = (
  state: BatchState,
  told: readonly Told[],
  reads: readonly CompleteReads[] = [],
): BatchPlan => {
  const batch = draftBatch(state);
  for (const { cause, observations } of told)
    for (const seen of observations) tell(batch, seen, cause);
  markReads(batch, reads);

  // Settling may make records dirty, so it comes before they are gathered.
  const memberships = settleMemberships(batch);
  const groups = dirty(batch.groups);
  const welcomed = dirty(batch.users).map((change) => ({ change, ...welcome(change, state) }));
  const users = welcomed.map(({ change, welcomed: is }) => ({ ...change, welcomed: is }));

  return {
    users,
    groups,
    memberships,
    directory: batch.directory,
    audit: [...batch.audit, ...(state.linkDoubts ?? [])],
    mails: welcomed.flatMap(({ mail }) => mail ?? []),
    mailsAgain: users.flatMap((change) => welcomeAgain(change, state) ?? []),
    endedUsers: users.filter(mayEndMemberships).map((change) => change.id),
    endedGroups: groups.filter(mayEndMemberships).map((change) => change.id),
  };
};

const tell = (batch: BatchDraft, seen: Observation, cause: Cause): void => {
  switch (seen.of) {
    case 'user':
      return tellUser(batch, seen, cause);
    case 'group':
      return tellGroup(batch, seen, cause);
    case 'membership':
      return tellMembership(batch, seen, cause);
    case 'directory':
      return tellDirectory(batch, seen, cause);
  }
};

const dirty = <Change>(
  drafts: ReadonlyMap<string, { readonly change: Change; readonly dirty: boolean }>,
): readonly Change[] => [...drafts.values()].filter((d) => d.dirty).map((d) => d.change);

const mayEndMemberships = ({ record, known }: UserChange | GroupChange): boolean =>
  isNewer(lastDeletion(record.life), lastDeletion(known.record.life)) ||
  isNewer(record.listed, known.record.listed);
