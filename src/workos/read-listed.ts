import {
  directoryUserId,
  groupId,
  isRecordId,
  type DirectoryId,
  type DirectoryUserId,
  type GroupId,
} from '../domain/ids.ts';
import type {
  GroupObservation,
  MembershipObservation,
  Observation,
  UserObservation,
} from '../domain/observation.ts';
import { versionTime, type Version } from '../domain/version.ts';
import { groupContent, userContent } from './read-content.ts';
import type { Wire } from './wire.ts';

/** Whose listing it is, and the fence at which all its rows were true. */
export interface Listing {
  readonly directoryId: DirectoryId;
  readonly fence: Version;
}

/** A listed person: alive at the fence. Null for a row without a usable id. */
export const listedUser = (wire: Wire, listing: Listing): UserObservation | null => {
  const { id } = wire;
  if (!isRecordId(id)) return null;
  return {
    of: 'user',
    id: directoryUserId(id),
    directoryId: listing.directoryId,
    version: listing.fence,
    shows: 'alive',
    content: userContent(wire, versionTime(listing.fence)),
  };
};

/** A listed group: alive at the fence. Null for a row without a usable id. */
export const listedGroup = (wire: Wire, listing: Listing): GroupObservation | null => {
  const { id } = wire;
  if (!isRecordId(id)) return null;
  return {
    of: 'group',
    id: groupId(id),
    directoryId: listing.directoryId,
    version: listing.fence,
    shows: 'alive',
    content: groupContent(wire, versionTime(listing.fence)),
  };
};

/** A person listed in a group: the person is alive and a member at the fence. */
export const listedMember = (
  wire: Wire,
  group: GroupId,
  listing: Listing,
): readonly Observation[] => {
  const user = listedUser(wire, listing);
  return user === null ? [] : [user, membership(group, user.id, listing)];
};

/** A group listed of a person: the group is alive and the person a member at the fence. */
export const listedGroupOf = (
  wire: Wire,
  user: DirectoryUserId,
  listing: Listing,
): readonly Observation[] => {
  const group = listedGroup(wire, listing);
  return group === null ? [] : [group, membership(group.id, user, listing)];
};

const membership = (
  group: GroupId,
  user: DirectoryUserId,
  listing: Listing,
): MembershipObservation => ({
  of: 'membership',
  group,
  user,
  directoryId: listing.directoryId,
  version: listing.fence,
  shows: 'added',
});
