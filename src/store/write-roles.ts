import { isDeepStrictEqual } from 'node:util';
import type { AnyBulkWriteOperation } from 'mongodb';
import type { AuditEntry } from '../domain/effect.ts';
import { directoryUserId, userId, type DirectoryId, type DirectoryUserId } from '../domain/ids.ts';
import {
  roleChanges,
  roleNames,
  rolesOf,
  type Role,
  type RoleMapping,
} from '../domain/role-mapping.ts';
import type { Cause } from '../domain/told.ts';
import type { UserDocument } from './documents.ts';
import { ofPeople } from './of-people.ts';
import { oweDerivation } from './owe-derivation.ts';
import { readRoleSources } from './role-sources.ts';
import { writeAudit } from './write-audit.ts';
import { UNORDERED, type Writing } from './writing.ts';

/** The part of an account that its roles depend on. */
export const ROLE_PROJECTION = {
  directoryUserId: 1,
  organizationId: 1,
  enabled: 1,
  roles: 1,
  manualRoles: 1,
  'sync.workosRoles': 1,
  'sync.rev': 1,
} as const;

type RoleHolder = Pick<
  UserDocument,
  '_id' | 'directoryUserId' | 'organizationId' | 'enabled' | 'roles' | 'manualRoles' | 'sync'
>;

const NO_ROLES: RoleMapping = { groups: [], workos: {} };

/** Why roles are derived anew: an event or a listing, a new name of a group, a new policy. */
export interface RolesWriting extends Writing {
  readonly directoryId: DirectoryId;
  /** Null while a typing error hides what was meant. */
  readonly mapping: RoleMapping | null;
  /**
   * Whoever loses a membership in this transaction. They are written in any case: a listing's page that
   * gives them their access back at this moment has read that membership, and must conflict.
   */
  readonly lost?: ReadonlyMap<DirectoryUserId, unknown>;
}

/**
 * Derives, within a transaction, the roles of these people from what stands in it, and writes and
 * audits those that changed. Each person comes with the cause that an audit entry names. Without a
 * mapping only those without access lose theirs, and the directory owes a derivation of the others.
 * Answers how many accounts changed; a second call changes nothing.
 */
export const writeRoles = async (
  writing: RolesWriting,
  people: ReadonlyMap<DirectoryUserId, Cause>,
): Promise<number> => {
  const { database, session, directoryId } = writing;
  if (writing.mapping === null) await oweDerivation(database, session, directoryId);
  if (people.size === 0) return 0;
  const mapping = writing.mapping ?? NO_ROLES;
  // By the person: a membership may know the account that they had before.
  const found = await database.users
    .find<RoleHolder>(
      { ...ofPeople(people.keys()), 'sync.rev': { $exists: true } },
      { session, projection: ROLE_PROJECTION },
    )
    .toArray();
  const holders = found.filter(({ enabled }) => writing.mapping !== null || !enabled);
  const sources = await readRoleSources(database, {
    directoryId,
    mapping,
    session,
    people: holders.map((holder) => holder.directoryUserId),
  });
  const writes: AnyBulkWriteOperation<UserDocument>[] = [];
  const audit: AuditEntry[] = [];
  const touches: string[] = [];
  for (const holder of holders) {
    const id = userId(holder._id);
    const cause = people.get(directoryUserId(holder.directoryUserId));
    const before = holder.roles ?? [];
    const roles = rolesOf(
      {
        enabled: holder.enabled,
        groups: sources.get(holder.directoryUserId) ?? [],
        slugs: holder.sync.workosRoles ?? [],
        manual: roleNames(holder.manualRoles),
      },
      mapping,
    );
    if (cause === undefined || isDeepStrictEqual(before, roles)) {
      if (writing.lost?.has(directoryUserId(holder.directoryUserId)) === true)
        touches.push(holder._id);
      continue;
    }
    writes.push({
      updateOne: {
        filter: { _id: id },
        update: { $set: { roles: [...roles], updatedAt: writing.now }, $inc: { 'sync.rev': 1 } },
      },
    });
    audit.push(...entries({ directoryId, holder, before, after: roles, cause }));
  }
  if (writes.length > 0) await database.users.bulkWrite(writes, { session, ...UNORDERED });
  if (touches.length > 0)
    await database.users.updateMany(
      { _id: { $in: touches } },
      { $inc: { 'sync.rev': 1 } },
      { session },
    );
  await writeAudit(writing, audit);
  return writes.length;
};

const entries = (change: {
  readonly directoryId: DirectoryId;
  readonly holder: RoleHolder;
  readonly before: readonly Role[];
  readonly after: readonly Role[];
  readonly cause: Cause;
}): readonly AuditEntry[] => {
  const { granted, revoked } = roleChanges(change.before, change.after);
  const entry = (type: 'role.granted' | 'role.revoked', role: string): AuditEntry => ({
    type,
    cause: change.cause,
    directoryId: change.directoryId,
    organizationId: change.holder.organizationId,
    userId: userId(change.holder._id),
    groupId: null,
    role,
    // Of this transaction: a later change under the same cause gets an entry of its own.
    revision: change.holder.sync.rev,
    reason: change.cause.key.startsWith('policy:') ? 'policy' : 'directory_sync',
    severity: 'info',
    metadata: { role },
  });
  return [
    ...granted.map((role) => entry('role.granted', role)),
    ...revoked.map((role) => entry('role.revoked', role)),
  ];
};
