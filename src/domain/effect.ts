import type { DirectoryId, DirectoryUserId, GroupId, UserId } from './ids.ts';
import type { Cause } from './told.ts';

/** Every type of audit entry, as the contract names them; an application may subscribe to each. */
export const AUDIT_TYPES = [
  'user.provisioned',
  'user.updated',
  'user.deactivated',
  'user.reactivated',
  'user.deprovisioned',
  'user.linked',
  'user.hard_deleted',
  'user.erased',
  'user.held',
  'group.created',
  'group.updated',
  'group.deleted',
  'membership.added',
  'membership.removed',
  'role.granted',
  'role.revoked',
  'directory.activated',
  'directory.deleted',
  'directory.frozen',
  'directory.synced',
  'directory.invalid_credentials',
  'directory.unlinked',
  'hold.approved',
  'hold.rejected',
  'policy.changed',
  'dsync.error',
] as const;

export type AuditType = (typeof AUDIT_TYPES)[number];

/** One line of the audit log, before it has a time. Ids only. */
export interface AuditEntry {
  readonly type: AuditType;
  readonly cause: Cause;
  readonly directoryId: DirectoryId;
  readonly organizationId: string | null;
  readonly userId: UserId | null;
  readonly groupId: GroupId | null;
  /** The role that was granted or revoked. */
  readonly role?: string;
  /** The revision of the account that it changed: a listing may grant, and grant again. */
  readonly revision?: number;
  readonly reason: string;
  /** Who decided it, where a person did. */
  readonly actor?: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}

/** The deterministic `_id` of an audit entry: one per type, cause, subject, role and revision. */
export const auditId = (entry: AuditEntry): string =>
  [
    entry.type,
    entry.cause.key,
    entry.userId ?? '',
    entry.groupId ?? '',
    ...(entry.role === undefined ? [] : [entry.role]),
    ...(entry.revision === undefined ? [] : [entry.revision]),
  ].join(':');

/** A mail to be sent once. */
export interface Mail {
  readonly template: 'welcome';
  readonly user: DirectoryUserId;
  readonly userId: UserId;
  readonly directoryId: DirectoryId;
}

/** The deterministic `_id` of a mail in the outbox: a person is welcomed once in a life. */
export const mailId = (mail: Mail): string => `mail:${mail.template}:${mail.user}`;

/** A mail to a customer's contact, to be sent once under its key. */
export interface ContactMail {
  readonly template: 'credentials-invalid' | 'removals-held' | 'portal-link';
  /** Null while the customer has no directory. */
  readonly directoryId: string | null;
  readonly to: string;
  readonly key: string;
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  /** From when on it says nothing true; null when it holds. */
  readonly expiresAt: Date | null;
}

/** The deterministic `_id` of a mail to a contact. */
export const contactMailId = ({ template, directoryId, key }: ContactMail): string =>
  ['mail', template, ...(directoryId === null ? [] : [directoryId]), key].join(':');

/** The deterministic `_id` of a webhook in the outbox: one per audit entry. */
export const webhookRowId = (auditEntryId: string): string => `webhook:${auditEntryId}`;

/** The audit entry that a webhook of the outbox tells of. */
export const auditIdOfWebhook = (rowId: string): string => rowId.slice('webhook:'.length);
