import type { UserDocument } from './documents.ts';

// Typed so that a field cannot be forgotten here.
const CONTRACT: Readonly<Record<keyof UserDocument, true>> = {
  _id: true,
  directoryUserId: true,
  directoryId: true,
  organizationId: true,
  idpId: true,
  email: true,
  emails: true,
  username: true,
  firstName: true,
  lastName: true,
  state: true,
  enabled: true,
  attributes: true,
  customAttributes: true,
  rawAttributes: true,
  roles: true,
  manualRoles: true,
  sessionsRevokedAt: true,
  deletedAt: true,
  deletionReason: true,
  hardDeleteAt: true,
  legalHold: true,
  held: true,
  createdAt: true,
  updatedAt: true,
  sync: true,
};

/** What the contract names of an account; whatever else the application keeps in it is left out. */
export const contractFields = (user: UserDocument): UserDocument =>
  Object.fromEntries(
    Object.entries(user).filter(([key]) => Object.hasOwn(CONTRACT, key)),
  ) as unknown as UserDocument;
