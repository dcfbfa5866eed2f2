import type { DirectoryId, DirectoryUserId, GroupId } from './ids.ts';
import type { Version } from './version.ts';

/** Arbitrary JSON as a directory sends it; opaque to the engine. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One of a person's e-mail addresses, as the directory lists it. */
export interface EmailAddress {
  readonly value: string;
  readonly type: string | null;
  readonly primary: boolean;
}

/** What a directory says about a person, in our words. */
export interface UserContent {
  /** WorkOS's `updated_at`, epoch milliseconds. */
  readonly updatedAt: number;
  readonly organizationId: string | null;
  readonly idpId: string | null;
  readonly email: string | null;
  readonly emails: readonly EmailAddress[];
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** Anything a directory sends other than `active` is not active (B9). */
  readonly state: 'active' | 'inactive';
  /** The slugs of the roles that WorkOS itself gives the person (C4). */
  readonly roles: readonly string[];
  readonly customAttributes: Attributes;
  readonly rawAttributes: Attributes;
}

/** What a directory says about a group. */
export interface GroupContent {
  /** WorkOS's `updated_at`, epoch milliseconds. */
  readonly updatedAt: number;
  readonly organizationId: string | null;
  readonly idpId: string | null;
  readonly name: string;
  readonly rawAttributes: Attributes;
}

/** What WorkOS says about a directory itself. */
export interface DirectoryContent {
  readonly organizationId: string | null;
  readonly name: string | null;
  /** `okta scim v2.0`, `gsuite directory` …: opaque (D8). */
  readonly type: string | null;
}

/** A record seen alive, with its content; or seen deleted, which says nothing about content. */
type Sighting<Content> =
  | { readonly shows: 'alive'; readonly content: Content }
  | { readonly shows: 'deleted' };

export type UserObservation = {
  readonly of: 'user';
  readonly id: DirectoryUserId;
  readonly directoryId: DirectoryId;
  readonly version: Version;
} & Sighting<UserContent>;

export type GroupObservation = {
  readonly of: 'group';
  readonly id: GroupId;
  readonly directoryId: DirectoryId;
  readonly version: Version;
} & Sighting<GroupContent>;

export interface MembershipObservation {
  readonly of: 'membership';
  readonly group: GroupId;
  readonly user: DirectoryUserId;
  readonly directoryId: DirectoryId;
  readonly version: Version;
  readonly shows: 'added' | 'removed';
}

export type DirectoryObservation = {
  readonly of: 'directory';
  readonly id: DirectoryId;
  readonly version: Version;
} & Sighting<DirectoryContent>;

/** Everything an event or a listed row can tell. */
export type Observation =
  | UserObservation
  | GroupObservation
  | MembershipObservation
  | DirectoryObservation;
