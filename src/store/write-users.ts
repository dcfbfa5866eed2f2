import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AnyBulkWriteOperation } from 'mongodb';
import { mapAttributes } from '../domain/attribute-mapping.ts';
import { accessOf, type Access } from '../domain/access.ts';
import type { KnownUser, UserChange } from '../domain/batch-state.ts';
import { lastDeletion } from '../domain/lifecycle.ts';
import type { UserContent } from '../domain/observation.ts';
import { hardDeleteTime, type Policy } from '../domain/policy.ts';
import type { TombstoneDocument, UserDocument } from './documents.ts';
import { changedFields, changedSyncFields, dotted, NEW_SYNC, syncFields } from './stored-record.ts';
import { byKind, ORDERED, type BatchWriting } from './writing.ts';

/** Writes people: their accounts, and tombstones of those who have none. */
export const writeUsers = async (
  writing: BatchWriting,
  changes: readonly UserChange[],
): Promise<void> => {
  const { database, session } = writing;
  const users: AnyBulkWriteOperation<UserDocument>[] = [];
  const tombstones: AnyBulkWriteOperation<TombstoneDocument>[] = [];
  const unclaimed: UserChange[] = [];
  for (const change of changes) {
    const access = accessOf(change.record);
    if (access.exists) {
      users.push(...userWrites(writing, change, access));
      if (change.known.home === 'tombstone')
        tombstones.push({ deleteOne: { filter: { _id: change.id } } });
      continue;
    }
    const deletedVersion = lastDeletion(change.record.life);
    if (deletedVersion === null) continue;
    if (change.known.home === 'none') unclaimed.push(change);
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
  if (unclaimed.length > 0)
    await database.users.bulkWrite(unclaimed.flatMap(claimAccount), { session });
  if (users.length > 0) await database.users.bulkWrite(byKind(users), { session, ...ORDERED });
  if (tombstones.length > 0)
    await database.tombstones.bulkWrite(byKind(tombstones), { session, ...ORDERED });
};

/**
 * An account that another transaction creates or links at this moment must conflict with the
 * tombstone, though neither sees the other's document: both write the account, which ends as it was.
 */
const claimAccount = ({ id, known }: UserChange): AnyBulkWriteOperation<UserDocument>[] => {
  const filter = { _id: known.userId };
  return known.link === undefined
    ? [
        { insertOne: { document: { ...filter, directoryUserId: id } as unknown as UserDocument } },
        { deleteOne: { filter } },
      ]
    : [
        { updateOne: { filter, update: { $set: { 'sync.rev': 0 } } } },
        { updateOne: { filter, update: { $unset: { sync: true } } } },
      ];
};

const userWrites = (
  { state, now }: BatchWriting,
  change: UserChange,
  access: Access,
): AnyBulkWriteOperation<UserDocument>[] => {
  const contentKey = change.content === null ? change.known.contentKey : keyOf(change.content);
  const before = accessOf(change.known.record);
  const sameAccess = change.known.home === 'account' && isDeepStrictEqual(before, access);
  const derived = sameAccess ? {} : accessFields(access, state.policy);
  const told = {
    updatedAt: now,
    ...(change.revokeSessions ? { sessionsRevokedAt: now } : {}),
    ...(contentKey === change.known.contentKey || change.content === null
      ? {}
      : userFields(change.content, state.policy)),
  };
  const _id = change.known.userId;
  const person = personFields(change, contentKey);
  if (change.known.home === 'account') {
    const sync = {
      ...changedSyncFields(change, state.directory),
      ...changedFields(knownPersonFields(change.known), person),
    };
    return [
      {
        updateOne: {
          filter: { _id },
          update: { $set: { ...derived, ...told, ...dotted(sync) }, $inc: { 'sync.rev': 1 } },
        },
      },
    ];
  }
  const account = {
    directoryUserId: change.id,
    directoryId: state.directoryId,
    attributes: {},
    roles: [],
    held: null,
    ...NO_CONTENT,
    ...accessFields(access, state.policy),
    ...told,
    sync: { ...syncFields(change.record, state.directory), ...person, ...NEW_SYNC },
  };
  // Who returns after a hard delete must not get in by what was issued before it.
  const sessionsRevokedAt = change.known.purged ? now : null;
  const ours = { sessionsRevokedAt, legalHold: false, createdAt: now };
  if (change.known.link === undefined)
    return [{ insertOne: { document: { _id, ...ours, ...account } } }];
  return [
    { updateOne: { filter: { _id }, update: { $set: account } } },
    // The application's account may have these already, and they are as true as before.
    ...Object.entries(ours).map(([key, value]) => ({
      updateOne: {
        filter: { _id, [key]: { $exists: false } },
        update: { $set: { [key]: value } },
      },
    })),
  ];
};

const personFields = (change: UserChange, contentKey: string | null) => ({
  welcomed: change.welcomed,
  contentState: change.record.dated?.content.state ?? null,
  contentKey,
  ...(change.content === null || contentKey === change.known.contentKey
    ? {}
    : { workosRoles: [...change.content.roles] }),
});

const knownPersonFields = ({ welcomed, record, contentKey }: KnownUser) => ({
  welcomed,
  contentState: record.dated?.content.state ?? null,
  contentKey,
});

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

/** Equal keys mean equal fields: an event that repeats what is stored need not write it again. */
const keyOf = (content: UserContent): string =>
  createHash('sha1')
    .update(JSON.stringify({ ...content, updatedAt: null }))
    .digest('base64');

const userFields = (content: UserContent, { attributes }: Policy) => ({
  attributes: mapAttributes(attributes, content),
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

/** Deletes the sessions of people who lost access. */
export const revokeSessions = async (
  writing: BatchWriting,
  users: readonly UserChange[],
): Promise<void> => {
  const userIds = users.filter((change) => change.revokeSessions).map((one) => one.known.userId);
  if (userIds.length === 0) return;
  await writing.database.sessions.deleteMany(
    { userId: { $in: userIds } },
    { session: writing.session },
  );
};
