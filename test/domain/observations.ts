import { directoryId, directoryUserId, eventId, groupId } from '../../src/domain/ids.ts';
import type {
  DirectoryObservation,
  GroupObservation,
  MembershipObservation,
  Observation,
  UserContent,
  UserObservation,
} from '../../src/domain/observation.ts';
import type { Told } from '../../src/domain/told.ts';
import {
  eventVersion,
  fenceVersion,
  versionEvent,
  type Version,
} from '../../src/domain/version.ts';

export const DIRECTORY = directoryId('directory_1');

/** The version of the event that happened at `at`. */
export const at = (time: number, id = `event_${String(time).padStart(6, '0')}`): Version =>
  eventVersion(time, eventId(id));

export const fence = fenceVersion;

/** A person seen alive at `version`; content dated by it unless told otherwise. */
export const person = (
  id: string,
  version: Version,
  content: Partial<UserContent> = {},
): UserObservation => ({
  of: 'user',
  id: directoryUserId(id),
  directoryId: DIRECTORY,
  version,
  shows: 'alive',
  content: {
    updatedAt: Number(version.slice(0, 15)),
    organizationId: 'org_1',
    idpId: `idp_${id}`,
    email: `${id}@example.com`,
    emails: [],
    username: null,
    firstName: null,
    lastName: null,
    state: 'active',
    roles: [],
    customAttributes: {},
    rawAttributes: {},
    ...content,
  },
});

export const personDeleted = (id: string, version: Version): UserObservation => ({
  of: 'user',
  id: directoryUserId(id),
  directoryId: DIRECTORY,
  version,
  shows: 'deleted',
});

export const group = (id: string, version: Version, name = id): GroupObservation => ({
  of: 'group',
  id: groupId(id),
  directoryId: DIRECTORY,
  version,
  shows: 'alive',
  content: {
    updatedAt: Number(version.slice(0, 15)),
    organizationId: 'org_1',
    idpId: null,
    name,
    rawAttributes: {},
  },
});

export const groupDeleted = (id: string, version: Version): GroupObservation => ({
  of: 'group',
  id: groupId(id),
  directoryId: DIRECTORY,
  version,
  shows: 'deleted',
});

export const member = (
  of: { readonly group: string; readonly user: string },
  shows: 'added' | 'removed',
  version: Version,
): MembershipObservation => ({
  of: 'membership',
  group: groupId(of.group),
  user: directoryUserId(of.user),
  directoryId: DIRECTORY,
  version,
  shows,
});

export const directoryActivated = (version: Version): DirectoryObservation => ({
  of: 'directory',
  id: DIRECTORY,
  version,
  shows: 'alive',
  content: { organizationId: 'org_1', name: 'Acme', type: 'okta scim v2.0' },
});

export const directoryDeleted = (version: Version): DirectoryObservation => ({
  of: 'directory',
  id: DIRECTORY,
  version,
  shows: 'deleted',
});

/** What one event (or one listing) tells. */
export const told = (...observations: readonly Observation[]): Told => {
  const version = observations[0]?.version ?? fence(0);
  return { cause: { event: versionEvent(version), key: version }, observations };
};
