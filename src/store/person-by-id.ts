import type { Database } from './database.ts';
import type { UserDocument } from './documents.ts';
import { ofPeople } from './of-people.ts';
import { isHold } from './on-hold.ts';

/** A person's account and access, in ids, words and times: no name, address or attribute. */
export interface PersonRow extends Pick<
  UserDocument,
  | 'directoryUserId'
  | 'directoryId'
  | 'organizationId'
  | 'state'
  | 'enabled'
  | 'roles'
  | 'sessionsRevokedAt'
  | 'deletedAt'
  | 'deletionReason'
  | 'hardDeleteAt'
  | 'held'
  | 'createdAt'
  | 'updatedAt'
> {
  readonly id: string;
  readonly legalHold: boolean;
  /** The groups that the person is in. */
  readonly groups: readonly string[];
}

const PROJECTION = {
  directoryUserId: 1,
  directoryId: 1,
  organizationId: 1,
  state: 1,
  enabled: 1,
  roles: 1,
  sessionsRevokedAt: 1,
  deletedAt: 1,
  deletionReason: 1,
  hardDeleteAt: 1,
  legalHold: 1,
  held: 1,
  createdAt: 1,
  updatedAt: 1,
  'sync.rev': 1,
} as const;

/**
 * The person of this directory user id or application user id. Null when there is none, or when an
 * account of the application waits for its person.
 */
export const personById = async (
  { users, groupMembers }: Pick<Database, 'users' | 'groupMembers'>,
  id: string,
): Promise<PersonRow | null> => {
  const only = { projection: PROJECTION };
  const account =
    (await users.findOne(ofPeople([id]), only)) ?? (await users.findOne({ _id: id }, only));
  if (account === null || (account.sync as object | undefined) === undefined) return null;
  const memberships = await groupMembers
    .find(
      { directoryUserId: account.directoryUserId, removedAt: null },
      { projection: { groupId: 1 } },
    )
    .sort({ _id: 1 })
    .toArray();
  const { _id, legalHold, sync: _engine, ...rest } = account;
  return {
    id: _id,
    ...rest,
    legalHold: isHold(legalHold),
    groups: memberships.map(({ groupId }) => groupId),
  };
};
