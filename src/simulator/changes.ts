import type { DirectoryEventName } from './event-names.ts';
import type { Knobs } from './knobs.ts';
import { insertPosition, removePosition } from './sorted-positions.ts';
import type {
  Delivery,
  DirectoryRecord,
  EndpointRecord,
  GroupRecord,
  OrganizationRecord,
  State,
  UserRecord,
} from './state.ts';
import type { Json } from './wire.ts';

/** The only ways the world changes; each is one JSON object in the data file. */
export type Change =
  | { readonly kind: 'organization'; readonly record: OrganizationRecord }
  | { readonly kind: 'directory'; readonly record: DirectoryRecord }
  | { readonly kind: 'user'; readonly record: UserRecord }
  | { readonly kind: 'group'; readonly record: GroupRecord }
  | { readonly kind: 'member-added'; readonly group: string; readonly user: string }
  | { readonly kind: 'member-removed'; readonly group: string; readonly user: string }
  | EventChange
  | { readonly kind: 'endpoint'; readonly record: EndpointRecord }
  | { readonly kind: 'knobs'; readonly knobs: Partial<Knobs> }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  | { readonly kind: 'delivery-settled'; readonly id: number };

/** An event names its records; it keeps them as they are at this point of the history. */
export type EventChange = {
  readonly kind: 'event';
  readonly id: string;
  readonly event: DirectoryEventName;
  readonly at: number;
  readonly directory: string;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  readonly previous?: Json | undefined;
};

type Undo = () => void;

const put = <V>(map: Map<string, V>, key: string, value: V): Undo => {
  const before = map.get(key);
  map.set(key, value);
  return () => (before === undefined ? map.delete(key) : map.set(key, before));
};

const putInOrder = <V extends { readonly id: string }>(
  map: Map<string, V>,
  order: string[],
  record: V,
): Undo => {
  const isNew = !map.has(record.id);
  const undo = put(map, record.id, record);
  if (!isNew) return undo;
  order.push(record.id);
  return () => {
    undo();
    order.pop();
  };
};

const listOf = <V>(map: Map<string, V[]>, key: string): V[] => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made: V[] = [];
  map.set(key, made);
  return made;
};

const known = <V>(map: ReadonlyMap<string, V>, id: string): V => {
  const value = map.get(id);
  if (value === undefined) throw new Error(`No record "${id}" in the world.`);
  return value;
};

const setMember = (
  state: State,
  change: { group: string; user: string },
  member: boolean,
): Undo => {
  const user = known(state.users, change.user).position;
  const group = known(state.groups, change.group).position;
  const members = listOf(state.membersOf, change.group);
  const groups = listOf(state.groupsOfUser, change.user);
  const set = (isMember: boolean): void => {
    const write = isMember ? insertPosition : removePosition;
    write(members, user);
    write(groups, group);
  };
  set(member);
  return () => set(!member);
};

const addEvent = (state: State, change: EventChange): Undo => {
  state.eventPositions.set(change.id, state.events.length);
  state.events.push({
    id: change.id,
    event: change.event,
    at: change.at,
    directory: known(state.directories, change.directory),
    user: change.user === undefined ? undefined : known(state.users, change.user),
    group: change.group === undefined ? undefined : known(state.groups, change.group),
    previous: change.previous,
  });
  return () => {
    state.events.pop();
    state.eventPositions.delete(change.id);
  };
};

const setDelivery = (state: State, id: number, delivery: Delivery | undefined): Undo => {
  const before = state.deliveries.get(id);
  const set = (value: Delivery | undefined): void => {
    if (value === undefined) state.deliveries.delete(id);
    else state.deliveries.set(id, value);
  };
  set(delivery);
  state.nextDelivery = Math.max(state.nextDelivery, id + 1);
  return () => set(before);
};

/** Applies one change in place and answers how to take it back (valid while no later change stands). */
// oxlint-disable-next-line typescript/consistent-return -- the switch is exhaustive, which tsc proves
export const applyChange = (state: State, change: Change): Undo => {
  switch (change.kind) {
    case 'organization':
      return put(state.organizations, change.record.id, change.record);
    case 'directory':
      return putInOrder(state.directories, state.directoryOrder, change.record);
    case 'user':
      return putInOrder(
        state.users,
        listOf(state.usersOf, change.record.wire.directory_id),
        change.record,
      );
    case 'group':
      return putInOrder(
        state.groups,
        listOf(state.groupsOf, change.record.wire.directory_id),
        change.record,
      );
    case 'member-added':
      return setMember(state, change, true);
    case 'member-removed':
      return setMember(state, change, false);
    case 'event':
      return addEvent(state, change);
    case 'endpoint':
      return putInOrder(state.endpoints, state.endpointOrder, change.record);
    case 'knobs': {
      const before = state.knobs;
      state.knobs = { ...before, ...change.knobs };
      return () => (state.knobs = before);
    }
    case 'delivery':
      return setDelivery(state, change.delivery.id, change.delivery);
    case 'delivery-settled':
      return setDelivery(state, change.id, undefined);
  }
};
