import { believableUpdate } from '../domain/dated-ahead.ts';
import { isObject, objectIn } from '../domain/json-object.ts';
import type {
  DirectoryContent,
  EmailAddress,
  GroupContent,
  UserContent,
} from '../domain/observation.ts';
import { wireText, wireTime, type Wire } from './wire.ts';

/**
 * What a directory user says about the person, from an event or a listed row. Never throws: what is
 * missing or of the wrong shape becomes null or empty. `seenAt` (epoch milliseconds) stands in for
 * an `updated_at` that is missing or lies ahead. Ignores `groups`, which says nothing (C5).
 */
export const userContent = (wire: Wire, seenAt: number): UserContent => {
  const custom = objectIn(wire['custom_attributes']);
  const emails = [wire['emails'], custom['emails']].map(readEmails).find((one) => one.length > 0);
  return {
    updatedAt: believableUpdate(wireTime(wire['updated_at']) ?? seenAt, seenAt),
    organizationId: wireText(wire['organization_id']),
    idpId: wireText(wire['idp_id']),
    email: wireText(wire['email']) ?? preferredEmail(emails ?? []),
    emails: emails ?? [],
    username: wireText(wire['username']) ?? wireText(custom['username']),
    firstName: wireText(wire['first_name']),
    lastName: wireText(wire['last_name']),
    state: wire['state'] === 'active' ? 'active' : 'inactive',
    roles: readRoles(wire),
    customAttributes: custom,
    rawAttributes: objectIn(wire['raw_attributes']),
  };
};

/** What a directory group says about itself; `seenAt` stands in for a bad `updated_at`. */
export const groupContent = (wire: Wire, seenAt: number): GroupContent => {
  const idpId = wireText(wire['idp_id']);
  return {
    updatedAt: believableUpdate(wireTime(wire['updated_at']) ?? seenAt, seenAt),
    organizationId: wireText(wire['organization_id']),
    idpId,
    name: wireText(wire['name']) ?? idpId ?? '',
    rawAttributes: objectIn(wire['raw_attributes']),
  };
};

/** What a directory says about itself. */
export const directoryContent = (wire: Wire): DirectoryContent => ({
  organizationId: wireText(wire['organization_id']),
  name: wireText(wire['name']),
  type: wireText(wire['type']),
});

/** How many people and groups a directory says it has; null where it does not say. */
export interface DirectoryCounts {
  readonly users: number | null;
  readonly groups: number | null;
}

/** A directory's own counts; active and inactive people together. */
export const countsOf = (wire: Wire): DirectoryCounts => {
  const metadata = objectIn(wire['metadata']);
  const { active, inactive } = objectIn(metadata['users']);
  const { groups } = metadata;
  return {
    users: typeof active === 'number' && typeof inactive === 'number' ? active + inactive : null,
    groups: typeof groups === 'number' ? groups : null,
  };
};

// With several roles switched on, `role` repeats the first of `roles`.
const readRoles = (wire: Wire): readonly string[] => {
  const many = Array.isArray(wire['roles']) ? wire['roles'] : [];
  const slugs = [...many, wire['role']].flatMap((one) => wireText(objectIn(one)['slug']) ?? []);
  return [...new Set(slugs)].toSorted();
};

const preferredEmail = (emails: readonly EmailAddress[]): string | null =>
  (
    emails.find((email) => email.primary) ??
    emails.find((email) => email.type?.toLowerCase() === 'work') ??
    emails[0]
  )?.value ?? null;

const readEmails = (list: unknown): readonly EmailAddress[] =>
  (Array.isArray(list) ? list : []).flatMap((one: unknown) => {
    const email = isObject(one) ? one : { value: one };
    const value = wireText(email['value']);
    if (value === null) return [];
    return [{ value, type: wireText(email['type']), primary: email['primary'] === true }];
  });
