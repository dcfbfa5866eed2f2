import type { UserSummary } from './access.ts';
import type { DirectoryRecord } from './directory.ts';
import type { AuditEntry } from './effect.ts';
import type { DirectoryId, DirectoryUserId, GroupId, UserId } from './ids.ts';
import type { Membership } from './membership.ts';
import type { DirectoryContent, GroupContent, UserContent } from './observation.ts';
import type { Policy } from './policy.ts';
import type { JoinedRecord } from './record.ts';
import type { GroupNames } from './role-mapping.ts';
import type { Version } from './version.ts';

/** A person as the store knows them. */
export interface KnownUser {
  readonly userId: UserId;
  readonly record: JoinedRecord<UserSummary>;
  /** `account`: a document in `users`; `tombstone`: only a deletion is known; `none`: nothing is. */
  readonly home: 'account' | 'tombstone' | 'none';
  /** Hard-deleted: nothing older than the deletion may bring personal data back. */
  readonly purged: boolean;
  readonly welcomed: boolean;
  /** Whether the account has roles, derived or by hand. */
  readonly hasRoles: boolean;
  /** Tells the stored content from another; null while there is none. */
  readonly contentKey: string | null;
  /** Set while `userId` is an account of the application that the person's first sight links: why it is theirs. */
  readonly link?: LinkReason;
}

/** Why an account of the application belongs to a person: it was named for them, or carries their address. */
export type LinkReason = 'pending-link' | 'email-policy';

/** A group as the store knows it. */
export interface KnownGroup {
  readonly record: JoinedRecord<{ readonly updatedAt: number }>;
  readonly stored: boolean;
  /** What a role mapping may name it by. */
  readonly names: GroupNames;
}

/** A membership as the store knows it. */
export interface KnownMembership {
  readonly membership: Membership;
  readonly live: boolean;
  readonly stored: boolean;
}

/** Everything that a batch of one directory needs to know before it is planned. */
export interface BatchState {
  readonly directoryId: DirectoryId;
  readonly directory: DirectoryRecord;
  readonly policy: Policy;
  readonly users: ReadonlyMap<DirectoryUserId, KnownUser>;
  readonly groups: ReadonlyMap<GroupId, KnownGroup>;
  readonly memberships: ReadonlyMap<string, KnownMembership>;
  /** What the audit log is to say of people who could not be linked by their address. */
  readonly linkDoubts?: readonly AuditEntry[];
}

/** A person to write. `content` is what to write of it, or null when it stands. */
export interface UserChange {
  readonly id: DirectoryUserId;
  readonly known: KnownUser;
  readonly record: JoinedRecord<UserSummary>;
  readonly content: UserContent | null;
  readonly revokeSessions: boolean;
  readonly welcomed: boolean;
}

/** A group to write. */
export interface GroupChange {
  readonly id: GroupId;
  readonly known: KnownGroup;
  readonly record: JoinedRecord<{ readonly updatedAt: number }>;
  readonly content: GroupContent | null;
  /** Whether it gives other roles than before: its people's are to be derived again. */
  readonly rolesDue: boolean;
}

/** A membership to write. */
export interface MembershipChange {
  readonly group: GroupId;
  readonly user: DirectoryUserId;
  readonly userId: UserId;
  readonly known: KnownMembership;
  readonly membership: Membership;
  readonly live: boolean;
}

/** The directory to write. */
export interface DirectoryChange {
  readonly record: JoinedRecord<DirectoryContent & { readonly updatedAt: number }>;
  readonly content: DirectoryContent | null;
  /** Whether what was told makes a complete backfill due. */
  readonly owesBackfill: boolean;
  /** The last deletion of the directory that takes everybody's access. */
  readonly deprovisioned: Version | null;
  /** The organization that events last named instead of the directory's. */
  readonly otherOrganization: string | null;
}
