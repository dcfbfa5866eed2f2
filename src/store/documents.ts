import type { DeletionReason } from '../domain/access.ts';
import type { AuditType, ContactMail } from '../domain/effect.ts';
import type { BackfillPhase } from '../domain/backfill-phase.ts';
import type { Connection } from '../domain/connection.ts';
import type { AttributeValue } from '../domain/attribute-mapping.ts';
import type { DirectoryState, SyncStatus } from '../domain/directory.ts';
import type { EmailAddress } from '../domain/observation.ts';
import type { MembershipsBy } from '../domain/memberships-by.ts';
import type { Policy } from '../domain/policy.ts';
import type { StreamKind } from '../domain/subscriptions.ts';
import type { Role } from '../domain/role-mapping.ts';
import type { Version } from '../domain/version.ts';

/** How far a record's life is known; the stored form of `JoinedRecord`. */
export interface SyncedRecord {
  alive: Version | null;
  deletions: Version[];
  content: { updatedAt: number; version: Version } | null;
  listed: Version | null;
  readAfter: Version | null;
  /** Whether the record's memberships must be read from the API. */
  owesRead: boolean;
  /** Earliest next attempt of that read. */
  readAt: Date | null;
  readAttempts: number;
  /** More memberships to end than one transaction may hold; done in chunks. */
  ending: boolean;
  rev: number;
}

export interface DirectoryDocument {
  _id: string;
  organizationId: string | null;
  name: string | null;
  type: string | null;
  state: DirectoryState;
  syncStatus: SyncStatus;
  lastSyncedAt: Date | null;
  lastEventAt: Date | null;
  lastAppliedAt: Date | null;
  heldRemovals: number;
  attention: string | null;
  sync: {
    alive: Version | null;
    deletions: Version[];
    contentVersion: Version | null;
    connection: Connection;
    /** Why and since when the credentials are refused; each time has one mail to the contact. */
    refusal?: { reason: string; since: Date } | null;
    paused: boolean;
    thawed: Version | null;
    backfilling: number | null;
    /** The last backfill begun. */
    generation: number;
    /** A complete backfill is due. */
    owesBackfill: boolean;
    /** The policy that every account of the directory has been derived by. */
    policyKey?: string | null;
    /** A derivation of all accounts under way: by which policy, and the last account done. */
    deriving?: { key: string; run: number; after: string; done: number } | null;
    /** Derivations of all accounts begun so far. */
    derivations?: number;
    usersListed: Version | null;
    groupsListed: Version | null;
    membershipsListed: Version | null;
    /** The last deletion by which, as the policy says, everybody lost access. */
    deprovisioned?: Version | null;
    /** That deletion while it is still being carried out, in chunks. */
    deprovisioning?: Version | null;
    /** The organization that events last named instead of the directory's; told once. */
    otherOrganization?: string | null;
    rev: number;
  };
}

export interface UserDocument {
  _id: string;
  directoryUserId: string;
  directoryId: string;
  organizationId: string | null;
  idpId: string | null;
  email: string | null;
  emails: EmailAddress[];
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  state: 'active' | 'inactive';
  enabled: boolean;
  attributes: Record<string, AttributeValue>;
  customAttributes: Record<string, unknown>;
  rawAttributes: Record<string, unknown>;
  roles: Role[];
  /** The application's own, by hand. */
  manualRoles?: string[];
  sessionsRevokedAt: Date | null;
  deletedAt: Date | null;
  deletionReason: DeletionReason | null;
  hardDeleteAt: Date | null;
  /** True by our own word; the application may write anything. See on-hold.ts. */
  legalHold: unknown;
  held: null | { reason: string; since: Date };
  createdAt: Date;
  updatedAt: Date;
  sync: SyncedRecord & {
    welcomed: boolean;
    contentState: 'active' | 'inactive' | null;
    workosRoles?: string[];
    contentKey?: string | null;
  };
}

export interface GroupDocument {
  _id: string;
  directoryId: string;
  organizationId: string | null;
  idpId: string | null;
  name: string | null;
  rawAttributes: Record<string, unknown>;
  deletedAt: Date | null;
  sync: SyncedRecord & {
    /** Its people's roles are to be derived again; in chunks, the last membership done being `rolesAfter`. */
    rolesDue?: boolean;
    rolesAfter?: string | null;
  };
}

export interface GroupMemberDocument {
  _id: string;
  groupId: string;
  directoryUserId: string;
  userId: string;
  directoryId: string;
  source: 'directory_sync';
  removedAt: Date | null;
  sync: { added: Version | null; removed: Version | null };
}

export type EventStatus = 'pending' | 'applied' | 'ignored' | 'parked';

export interface EventDocument {
  _id: string;
  directoryId: string | null;
  type: string;
  createdAt: Date;
  receivedAt: Date;
  via: 'webhook' | 'poll' | 'test';
  status: EventStatus;
  settledAt: Date | null;
  attempts: number;
  /** A stable code and what it means; never a value of the payload. */
  error: string | null;
  /** The wire JSON; removed after EVENT_PAYLOAD_DAYS, and when its person is purged. */
  payload?: Record<string, unknown>;
  /** The person whose data the payload has, or had too oddly to be stored; goes with it. */
  directoryUserId?: string;
}

export interface AuditDocument {
  _id: string;
  at: Date;
  type: AuditType;
  directoryId: string;
  organizationId: string | null;
  userId: string | null;
  groupId: string | null;
  eventId: string | null;
  reason: string;
  actor: string;
  severity: 'info' | 'warning' | 'error';
  metadata: Record<string, string | number | boolean | null>;
}

/** What every row of the outbox has: how far its delivery is. */
interface OutboxRow {
  _id: string;
  status: 'pending' | 'delivered' | 'failed';
  attempts: number;
  /** Earliest next attempt; while one is under way, the end of its lease. */
  nextAttemptAt: Date;
  deliveredAt: Date | null;
  /** A stable code; never the other side's text, which may hold an address. */
  error: string | null;
  createdAt: Date;
}

export interface MailRow extends OutboxRow {
  kind: 'mail';
  template: 'welcome' | ContactMail['template'];
  directoryId: string | null;
  /** The account that the mail is for; its address is looked up when the mail is sent. */
  userId: string | null;
  /** Or the address itself, for a mail to a customer's contact. */
  to: string | null;
  /** What its text says besides. */
  variables?: ContactMail['variables'];
  /** When it is given up, because it would say nothing true any more. */
  expiresAt?: Date | null;
  /** When the end of the message was released to the mail server; from then on it may have been accepted. */
  handedOverAt?: Date | null;
}

/** What rows that are claimed many at once have besides. */
interface LaneRow extends OutboxRow {
  /** Whoever delivers it, or settled it; none while it waits. */
  claim?: string;
  /** What the receiver last said: `http-200`, `http-503`, `timeout` … */
  lastStatus: string | null;
}

/** A webhook to the application; the id of its audit entry is in its own. */
export interface WebhookRow extends LaneRow {
  kind: 'webhook';
  directoryId: string | null;
}

/** The ids of what one transaction gave to a stream; what they say is read when it is sent. */
export interface StreamedIds {
  audit: string[];
  events: string[];
  /** Outbox rows that failed. */
  effects: string[];
}

export interface StreamRow extends LaneRow {
  kind: StreamKind;
  directoryId: string | null;
  /** What is still to be sent: all of it at first, of a failed row what was refused, then nothing. */
  entries?: StreamedIds;
  /** How many there were at first. */
  entryCount: number;
}

export type OutboxDocument = MailRow | WebhookRow | StreamRow;
export type OutboxKind = OutboxDocument['kind'];

export type PolicyDocument = { _id: string } & Partial<Policy>;

export interface TombstoneDocument {
  _id: string;
  directoryId: string;
  deletedVersion: Version;
  /** Every deletion that still matters; the last of them is `deletedVersion`. */
  sync: { deletions: Version[] };
  purgedAt: Date | null;
  erased: boolean;
}

export interface CursorDocument {
  _id: string;
  after: string | null;
  updatedAt: Date;
}

/** Whom the workers tell; beside the cursors. */
export interface NotedSubscriptions {
  _id: string;
  /** Types of audit entries. */
  webhook: string[];
  /** Kinds of streams. */
  streams: string[];
  updatedAt: Date;
}

interface Report {
  _id: string;
  directoryId: string;
  /** The requests that it answers. */
  requestIds: string[];
  startedAt: Date;
  endedAt: Date | null;
  /** Moved by whatever must not happen beside a page of the listing. */
  rev?: number;
  outcome: 'running' | 'done' | 'failed';
  /** A stable code. */
  reason: string | null;
}

export interface BackfillReport extends Report {
  kind: 'backfill';
  generation: number;
  /** Which call began it; a repeat of that call begins no other. */
  begunBy?: string;
  /** Which way memberships were listed, once that was decided. */
  membershipsBy?: MembershipsBy;
  /** The first records that MongoDB refused, and the codes of its refusals. */
  refused?: { id: string; code: string }[];
  /** Somebody was seen who could not be marked as seen, so that nobody's absence is concluded. */
  unmarked?: boolean;
  counts: {
    users: number;
    groups: number;
    memberships: number;
    absent: number;
    phase: BackfillPhase;
  };
}

/** What reading one person or one group again changed; ids only. */
export interface RefreshReport extends Report {
  kind: 'refresh';
  of: 'user' | 'group';
  subject: string;
  /** How many groups or people WorkOS showed with it. */
  counts: { listed: number };
  /** How many audit entries of each type it caused. */
  changes: { type: AuditType; count: number }[];
  /** The first of them. */
  samples: { type: AuditType; userId: string | null; groupId: string | null }[];
}

/** Somebody's decision to purge a person before their day, and what became of it. */
export interface PurgeReport extends Report {
  kind: 'purge';
  /** The directory user id. */
  subject: string;
  /** When they left: who returns and leaves again is not meant. */
  deletedAt?: Date;
  actor: string;
  /** Why, as a code or a case number. */
  reference: string;
}

export type ReportDocument = BackfillReport | RefreshReport | PurgeReport;

/**
 * The applied events of one directory that were received on one day, in `reports`: how many took how
 * long, by type and bucket of a lag histogram. Dots of a type are slashes here.
 */
export interface StatisticsDocument {
  _id: string;
  kind: 'statistics';
  directoryId: string;
  /** `2026-03-01`, in UTC. */
  day: string;
  lags: Record<string, Record<string, number>>;
}
