import type { Truth } from '../../src/simulator/truth.ts';
import type { Database } from '../../src/store/database.ts';

/** What the contract's collections say of one directory, in one shape with the truth. */
export interface SyncedView {
  readonly users: readonly object[];
  readonly groups: readonly object[];
  readonly memberships: readonly string[];
}

/** What a perfect synchronisation of this truth leaves in the collections. */
export const viewOfTruth = (truth: Truth): SyncedView => ({
  users: truth.users
    .map((user) => ({
      id: user.id,
      deleted: user.deleted,
      state: user.deleted ? 'inactive' : user.state,
      enabled: !user.deleted && user.state === 'active',
      directoryId: user.directory_id,
      organizationId: user.organization_id,
      idpId: user.idp_id,
      email: user.email,
      emails: user.emails,
      username: user.username,
      firstName: user.first_name,
      lastName: user.last_name,
      customAttributes: user.custom_attributes,
      rawAttributes: user.raw_attributes,
    }))
    .toSorted(byId),
  groups: truth.groups
    .map((group) => ({
      id: group.id,
      deleted: group.deleted,
      directoryId: group.directory_id,
      organizationId: group.organization_id,
      idpId: group.idp_id,
      name: group.name,
      rawAttributes: group.raw_attributes,
    }))
    .toSorted(byId),
  memberships: truth.memberships.map(({ group, user }) => `${group}:${user}`).toSorted(),
});

/** What the collections hold. */
export const viewOfDatabase = async (database: Database): Promise<SyncedView> => {
  const [users, groups, members] = await Promise.all([
    database.users.find().toArray(),
    database.groups.find().toArray(),
    database.groupMembers.find({ removedAt: null }).toArray(),
  ]);
  return {
    users: users
      .map((user) => ({
        id: user.directoryUserId,
        deleted: user.deletedAt !== null,
        state: user.state,
        enabled: user.enabled,
        directoryId: user.directoryId,
        organizationId: user.organizationId,
        idpId: user.idpId,
        email: user.email,
        emails: user.emails,
        username: user.username,
        firstName: user.firstName,
        lastName: user.lastName,
        customAttributes: user.customAttributes,
        rawAttributes: user.rawAttributes,
      }))
      .toSorted(byId),
    groups: groups
      .map((group) => ({
        id: group._id,
        deleted: group.deletedAt !== null,
        directoryId: group.directoryId,
        organizationId: group.organizationId,
        idpId: group.idpId,
        name: group.name,
        rawAttributes: group.rawAttributes,
      }))
      .toSorted(byId),
    memberships: members
      .map(({ groupId, directoryUserId }) => `${groupId}:${directoryUserId}`)
      .toSorted(),
  };
};

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : 1;

/** Message ids of received mail, in the order of receipt. */
export const messageIds = (received: readonly string[]): readonly string[] =>
  received.map((mail) => /^Message-ID:\s*(\S+)/imu.exec(mail)?.[1] ?? 'none');
