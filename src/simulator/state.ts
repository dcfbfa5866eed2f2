import { defaultKnobs } from './knobs.ts';
import type { Knobs } from './knobs.ts';
import type { DirectoryEventName } from './event-names.ts';
import type { DirectoryState, Json, WireEndpoint, WireGroup, WireUser } from './wire.ts';

/**
 * Records are never changed, only replaced, so that an event can keep the record it tells of. `position` is the place
 * among its kind (of its directory) in order of creation; deleted records keep theirs.
 */
export type OrganizationRecord = {
  readonly id: string;
  readonly name: string;
  readonly domains: readonly { readonly id: string; readonly domain: string }[];
};

export type DirectoryRecord = {
  readonly id: string;
  readonly position: number;
  readonly deleted: boolean;
  /** Only an activated directory has events. */
  readonly activated: boolean;
  readonly organizationId: string;
  readonly externalKey: string;
  readonly type: string;
  readonly name: string;
  readonly state: DirectoryState;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type UserRecord = {
  readonly id: string;
  readonly position: number;
  readonly deleted: boolean;
  readonly wire: WireUser;
};

export type GroupRecord = {
  readonly id: string;
  readonly position: number;
  readonly deleted: boolean;
  readonly wire: WireGroup;
};

export type EndpointRecord = {
  readonly id: string;
  readonly position: number;
  readonly deleted: boolean;
  readonly wire: WireEndpoint;
};

export type EventRecord = {
  readonly id: string;
  readonly event: DirectoryEventName;
  /** Milliseconds; never less than that of the event before. */
  readonly at: number;
  readonly directory: DirectoryRecord;
  readonly user: UserRecord | undefined;
  readonly group: GroupRecord | undefined;
  readonly previous: Json | undefined;
};

/** A webhook that is still to be sent, or sent again. */
export type Delivery = {
  readonly id: number;
  readonly event: string;
  readonly endpoint: string;
  readonly tries: number;
  readonly firstDueAt: number;
  readonly dueAt: number;
};

/** The world as it is now; `changes.ts` alone writes to it. */
export type State = {
  knobs: Knobs;
  readonly organizations: Map<string, OrganizationRecord>;
  readonly directories: Map<string, DirectoryRecord>;
  readonly directoryOrder: string[];
  readonly users: Map<string, UserRecord>;
  readonly groups: Map<string, GroupRecord>;
  /** By directory, ids in order of creation. */
  readonly usersOf: Map<string, string[]>;
  readonly groupsOf: Map<string, string[]>;
  /** By group, ascending positions of users; by user, of groups. */
  readonly membersOf: Map<string, number[]>;
  readonly groupsOfUser: Map<string, number[]>;
  readonly events: EventRecord[];
  readonly eventPositions: Map<string, number>;
  readonly endpoints: Map<string, EndpointRecord>;
  readonly endpointOrder: string[];
  readonly deliveries: Map<number, Delivery>;
  nextDelivery: number;
};

/** A world without anything in it. */
export const emptyState = (): State => ({
  knobs: defaultKnobs,
  organizations: new Map(),
  directories: new Map(),
  directoryOrder: [],
  users: new Map(),
  groups: new Map(),
  usersOf: new Map(),
  groupsOf: new Map(),
  membersOf: new Map(),
  groupsOfUser: new Map(),
  events: [],
  eventPositions: new Map(),
  endpoints: new Map(),
  endpointOrder: [],
  deliveries: new Map(),
  nextDelivery: 1,
});
