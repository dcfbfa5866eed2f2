import type {
  BatchState,
  DirectoryChange,
  GroupChange,
  KnownGroup,
  KnownUser,
  MembershipChange,
  UserChange,
} from './batch-state.ts';
import type { AuditEntry, AuditType } from './effect.ts';
import { provisionedUserId, type DirectoryUserId, type GroupId } from './ids.ts';
import { unseenRecord } from './record.ts';
import type { Cause } from './told.ts';
import type { Version } from './version.ts';

/** One record while a batch is folded into it; written only when dirty. */
export interface Draft<Change> {
  change: Change;
  dirty: boolean;
}

/** One membership while a batch is folded into it, with the newest observation's cause. */
export interface MembershipDraft {
  readonly change: MembershipChange;
  readonly newest: Version;
  readonly cause: Cause;
}

/** What an audit entry says beyond its type, cause and directory. */
export interface About {
  readonly userId?: AuditEntry['userId'];
  readonly groupId?: AuditEntry['groupId'];
  readonly organizationId?: string | null;
  readonly reason?: string;
  readonly severity?: AuditEntry['severity'];
}

/** A batch under way: local to one call of `planBatch`, so filling it shows to nobody else. */
export interface BatchDraft {
  readonly state: BatchState;
  readonly users: Map<DirectoryUserId, Draft<UserChange>>;
  readonly groups: Map<GroupId, Draft<GroupChange>>;
  readonly memberships: Map<string, MembershipDraft>;
  readonly audit: AuditEntry[];
  directory: DirectoryChange;
}

/** An empty draft on top of what is known. */
export const draftBatch = (state: BatchState): BatchDraft => ({
  state,
  users: new Map(),
  groups: new Map(),
  memberships: new Map(),
  audit: [],
  directory: {
    record: state.directory.record,
    content: null,
    owesBackfill: false,
    deprovisioned: state.directory.deprovisioned,
    otherOrganization: state.directory.otherOrganization,
  },
});

/** The draft of a person; begun from what is known at the first call. */
export const userDraft = (batch: BatchDraft, id: DirectoryUserId): Draft<UserChange> => {
  const drafted = batch.users.get(id);
  if (drafted !== undefined) return drafted;
  const known = batch.state.users.get(id) ?? unknownUser(id);
  const { record, welcomed } = known;
  const change = { id, known, record, content: null, revokeSessions: false, welcomed };
  const draft = { change, dirty: false };
  batch.users.set(id, draft);
  return draft;
};

/** The draft of a group; begun from what is known at the first call. */
export const groupDraft = (batch: BatchDraft, id: GroupId): Draft<GroupChange> => {
  const drafted = batch.groups.get(id);
  if (drafted !== undefined) return drafted;
  const known = batch.state.groups.get(id) ?? unknownGroup(id);
  const { record } = known;
  const change = { id, known, record, content: null, rolesDue: false };
  const draft = { change, dirty: false };
  batch.groups.set(id, draft);
  return draft;
};

/** Adds an entry to the audit log that the batch will write. */
export const note = (batch: BatchDraft, type: AuditType, cause: Cause, about: About): void => {
  const { directoryId, directory } = batch.state;
  batch.audit.push({
    type,
    cause,
    directoryId,
    organizationId: about.organizationId ?? directory.record.dated?.content.organizationId ?? null,
    userId: about.userId ?? null,
    groupId: about.groupId ?? null,
    reason: about.reason ?? 'directory_sync',
    severity: about.severity ?? 'info',
    metadata: {},
  });
};

const unknownGroup = (id: GroupId): KnownGroup => ({
  record: unseenRecord,
  stored: false,
  names: { id, idpId: null, name: null },
});

/** A person of whom nothing is known. */
export const unknownUser = (id: DirectoryUserId): KnownUser => ({
  userId: provisionedUserId(id),
  record: unseenRecord,
  home: 'none',
  purged: false,
  welcomed: false,
  contentKey: null,
  hasRoles: false,
});
