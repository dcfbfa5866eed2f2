import type { DerivableAccount, DerivedAccount } from '../domain/derived-account.ts';
import { roleNames, type GroupNames } from '../domain/role-mapping.ts';
import type { UserDocument } from './documents.ts';

/** The part of an account that a policy decides over, and what it follows from. */
export const DERIVABLE_PROJECTION = {
  directoryUserId: 1,
  directoryId: 1,
  organizationId: 1,
  idpId: 1,
  email: 1,
  username: 1,
  firstName: 1,
  lastName: 1,
  enabled: 1,
  attributes: 1,
  customAttributes: 1,
  rawAttributes: 1,
  roles: 1,
  manualRoles: 1,
  deletedAt: 1,
  hardDeleteAt: 1,
  'sync.workosRoles': 1,
} as const;

/** An account read by `DERIVABLE_PROJECTION`. */
export type StoredAccount = Pick<
  UserDocument,
  | '_id'
  | 'directoryUserId'
  | 'directoryId'
  | 'organizationId'
  | 'idpId'
  | 'email'
  | 'username'
  | 'firstName'
  | 'lastName'
  | 'enabled'
  | 'attributes'
  | 'customAttributes'
  | 'rawAttributes'
  | 'roles'
  | 'manualRoles'
  | 'deletedAt'
  | 'hardDeleteAt'
  | 'sync'
>;

/** What an account is derived from. */
export const derivable = (
  stored: StoredAccount,
  groups: readonly GroupNames[],
): DerivableAccount => ({
  content: stored,
  enabled: stored.enabled,
  deletedAt: stored.deletedAt?.getTime() ?? null,
  groups,
  slugs: stored.sync.workosRoles ?? [],
  manual: roleNames(stored.manualRoles),
});

/** What stands of an account's derivation. */
export const derivedSoFar = (stored: StoredAccount): DerivedAccount => ({
  attributes: stored.attributes ?? {},
  roles: stored.roles ?? [],
  hardDeleteAt: stored.hardDeleteAt?.getTime() ?? null,
});
