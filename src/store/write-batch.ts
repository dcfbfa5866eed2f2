import { isDeepStrictEqual } from 'node:util';
import type { AnyBulkWriteOperation, ClientSession } from 'mongodb';
import { accessOf, type Access } from '../domain/access.ts';
import type { BatchState, GroupChange, UserChange } from '../domain/batch-state.ts';
import { auditId, mailId, type AuditEntry, type Mail } from '../domain/effect.ts';
import { membershipId } from '../domain/ids.ts';
import { firstDeletion, lastDeletion } from '../domain/lifecycle.ts';
import type { GroupContent, UserContent } from '../domain/observation.ts';
import type { BatchPlan } from '../domain/plan-batch.ts';
import { hardDeleteTime, type Policy } from '../domain/policy.ts';
import { versionTime } from '../domain/version.ts';
import type { Database } from './database.ts';
import type {
  AuditDocument,
  GroupDocument,
  GroupMemberDocument,
  OutboxDocument,
  TombstoneDocument,
  UserDocument,
} from './documents.ts';
import { dotted, NEW_SYNC, syncFields } from './stored-record.ts';

/** Where and when a plan is written. */
interface Writing {
  readonly database: Database;
  readonly session: ClientSession;
  readonly state: BatchState;
  readonly now: Date;
  /** A repeated attempt must tolerate effects that are already there. */
  readonly attempt: number;
}

/** Writes people, groups, memberships and effects of a plan within its transaction. */
export const writeBatch = async (writing: Writing, plan: BatchPlan): Promise<void> => {
  await writeUsers(writing, plan.users);
  await writeGroups(writing, plan.groups);
  await writeMemberships(writing, plan);
  await revokeSessions(writing, plan.users);
  await writeAudit(writing, plan.audit);
  await writeMails(writing, plan.mails);
  await sendAfterAll(writing, plan.mailsAgain);
};

const UNORDERED = { ordered: false } as const;

const writeUsers = async (writing: Writing, changes: readonly UserChange[]): Promise<void> => {
  const { database, session } = writing;
  const users: AnyBulkWriteOperation<UserDocument>[] = [];
  const tombstones: AnyBulkWriteOperation<TombstoneDocument>[] = [];
  const unclaimed: string[] = [];
  for (const change of changes) {
    const access = accessOf(change.record);
    if (access.exists) {
      users.push(userWrite(writing, change, access));
      if (change.known.home === 'tombstone')
        tombstones.push({ deleteOne: { filter: { _id: change.id } } });
      continue;
    }
    const deletedVersion = lastDeletion(change.record.life);
    if (deletedVersion === null) continue;
    if (change.known.home === 'none') unclaimed.push(change.id);
    tombstones.push({
      updateOne: {
        filter: { _id: change.id },
        update: {
          $set: { deletedVersion, 'sync.deletions': [...change.record.life.deletions] },
          $setOnInsert: { directoryId: writing.state.directoryId, purgedAt: null, erased: false },
        },
        upsert: true,
      },
    });
  }
  // An account that another transaction creates at this moment must conflict with the tombstone,
  // though neither sees the other's document: both write the account's key.
  if (unclaimed.length > 0) {
    await database.users.bulkWrite(
      unclaimed.flatMap((_id): AnyBulkWriteOperation<UserDocument>[] => [
        { insertOne: { document: { _id, directoryUserId: _id } as UserDocument } },
        { deleteOne: { filter: { _id } } },
      ]),
      { session },
    );
  }
  if (users.length > 0) await database.users.bulkWrite(users, { session, ...UNORDERED });
  if (tombstones.length > 0)
    await database.tombstones.bulkWrite(tombstones, { session, ...UNORDERED });
};

const userWrite = (
  { state, now }: Writing,
  change: UserChange,
  access: Access,
): AnyBulkWriteOperation<UserDocument> => {
  const sync = {
    ...syncFields(change.record, state.directory),
    welcomed: change.welcomed,
    contentState: change.record.dated?.content.state ?? null,
  };
  const before = accessOf(change.known.record);
  const sameAccess = change.known.home === 'account' && isDeepStrictEqual(before, access);
  const derived = sameAccess ? {} : accessFields(access, state.policy);
  const told = {
    updatedAt: now,
    ...(change.revokeSessions ? { sessionsRevokedAt: now } : {}),
    ...(change.content === null ? {} : userFields(change.content)),
  };
  if (change.known.home === 'account')
    return {
      updateOne: {
        filter: { _id: change.known.userId },
        update: { $set: { ...derived, ...told, ...dotted(sync) }, $inc: { 'sync.rev': 1 } },
      },
    };
  return {
    insertOne: {
      document: {
        _id: change.known.userId,
        directoryUserId: change.id,
        directoryId: state.directoryId,
        attributes: {},
        roles: [],
        sessionsRevokedAt: null,
        legalHold: false,
        held: null,
        createdAt: now,
        ...NO_CONTENT,
        ...accessFields(access, state.policy),
        ...told,
        sync: { ...sync, ...NEW_SYNC },
      },
    },
  };
};

const accessFields = (access: Access, policy: Policy) => ({
  state: access.state,
  enabled: access.enabled,
  deletedAt: access.deletedAt === null ? null : new Date(access.deletedAt),
  deletionReason: access.deletionReason,
  hardDeleteAt:
    access.deletedAt === null ? null : new Date(hardDeleteTime(access.deletedAt, policy)),
});

const NO_CONTENT = {
  organizationId: null,
  idpId: null,
  email: null,
  emails: [],
  username: null,
  firstName: null,
  lastName: null,
  customAttributes: {},
  rawAttributes: {},
};

const userFields = (content: UserContent) => ({
  organizationId: content.organizationId,
  idpId: content.idpId,
  email: content.email,
  emails: [...content.emails],
  username: content.username,
  firstName: content.firstName,
  lastName: content.lastName,
  customAttributes: content.customAttributes,
  rawAttributes: content.rawAttributes,
});

const writeGroups = async (writing: Writing, changes: readonly GroupChange[]): Promise<void> => {
  const { state } = writing;
  const writes = changes.flatMap((change): AnyBulkWriteOperation<GroupDocument>[] => {
    const { life } = change.record;
    if (life.alive === null && life.deletions.length === 0) return [];
    const ended = firstDeletion(life);
    const sync = syncFields(change.record, state.directory);
    const derived = {
      deletedAt: ended === null ? null : new Date(versionTime(ended)),
      ...(change.content === null ? {} : groupFields(change.content)),
    };
    if (change.known.stored)
      return [
        {
          updateOne: {
            filter: { _id: change.id },
            update: { $set: { ...derived, ...dotted(sync) }, $inc: { 'sync.rev': 1 } },
          },
        },
      ];
    return [
      {
        insertOne: {
          document: {
            _id: change.id,
            directoryId: state.directoryId,
            organizationId: null,
            idpId: null,
            name: null,
            rawAttributes: {},
            ...derived,
            sync: { ...sync, ...NEW_SYNC },
          },
        },
      },
    ];
  });
  if (writes.length > 0)
    await writing.database.groups.bulkWrite(writes, { session: writing.session, ...UNORDERED });
};

const groupFields = (content: GroupContent) => ({
  organizationId: content.organizationId,
  idpId: content.idpId,
  name: content.name,
  rawAttributes: content.rawAttributes,
});

const writeMemberships = async (writing: Writing, plan: BatchPlan): Promise<void> => {
  if (plan.memberships.length === 0) return;
  const writes = plan.memberships.map((change): AnyBulkWriteOperation<GroupMemberDocument> => {
    const _id = membershipId(change.group, change.user);
    const { added, removed } = change.membership;
    if (change.known.stored)
      return {
        updateOne: {
          filter: { _id },
          update: {
            $set: {
              'sync.added': added,
              'sync.removed': removed,
              ...(change.live === change.known.live
                ? {}
                : { removedAt: change.live ? null : writing.now }),
            },
          },
        },
      };
    return {
      insertOne: {
        document: {
          _id,
          groupId: change.group,
          directoryUserId: change.user,
          userId: change.userId,
          directoryId: writing.state.directoryId,
          source: 'directory_sync',
          removedAt: change.live ? null : writing.now,
          sync: { added, removed },
        },
      },
    };
  });
  await writing.database.groupMembers.bulkWrite(writes, {
    session: writing.session,
    ...UNORDERED,
  });
};

const revokeSessions = async (writing: Writing, users: readonly UserChange[]): Promise<void> => {
  const userIds = users.filter((change) => change.revokeSessions).map((one) => one.known.userId);
  if (userIds.length === 0) return;
  await writing.database.sessions.deleteMany(
    { userId: { $in: userIds } },
    { session: writing.session },
  );
};

/** Writes audit entries; one that is already there stays as it is. */
export const writeAudit = async (
  writing: Omit<Writing, 'state'>,
  entries: readonly AuditEntry[],
): Promise<void> => {
  if (entries.length === 0) return;
  const documents = entries.map((entry) => auditDocument(entry, writing.now));
  const { auditLog } = writing.database;
  const { session } = writing;
  if (writing.attempt === 0) {
    await auditLog.insertMany(documents, { session, ...UNORDERED });
    return;
  }
  await auditLog.bulkWrite(
    documents.map(({ _id, ...rest }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true },
    })),
    { session, ...UNORDERED },
  );
};

const auditDocument = (entry: AuditEntry, now: Date): AuditDocument => ({
  _id: auditId(entry),
  at: now,
  type: entry.type,
  directoryId: entry.directoryId,
  organizationId: entry.organizationId,
  userId: entry.userId,
  groupId: entry.groupId,
  eventId: entry.cause.event,
  reason: entry.reason,
  actor: 'directory_sync',
  severity: entry.severity,
  metadata: { ...entry.metadata },
});

const writeMails = async (writing: Writing, mails: readonly Mail[]): Promise<void> => {
  if (mails.length === 0) return;
  await writing.database.outbox.bulkWrite(
    mails.map((mail): AnyBulkWriteOperation<OutboxDocument> => ({
      updateOne: {
        filter: { _id: mailId(mail) },
        update: {
          $setOnInsert: {
            kind: 'mail',
            template: mail.template,
            directoryId: mail.directoryId,
            userId: mail.userId,
            to: null,
            status: 'pending',
            attempts: 0,
            nextAttemptAt: writing.now,
            deliveredAt: null,
            error: null,
            createdAt: writing.now,
          },
        },
        upsert: true,
      },
    })),
    { session: writing.session, ...UNORDERED },
  );
};

/**
 * Puts back mails that were given up for want of access, or are being given up at this moment:
 * a higher attempt takes the row from whoever holds it. What was handed over stays as it is.
 */
const sendAfterAll = async (writing: Writing, mails: readonly Mail[]): Promise<void> => {
  if (mails.length === 0) return;
  await writing.database.outbox.updateMany(
    {
      _id: { $in: mails.map(mailId) },
      handedOverAt: null,
      $or: [{ status: 'pending' }, { status: 'failed', error: 'recipient-gone' }],
    },
    {
      $set: { status: 'pending', error: null, nextAttemptAt: writing.now },
      $inc: { attempts: 1 },
    },
    { session: writing.session },
  );
};
