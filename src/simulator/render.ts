import type { Knobs } from './knobs.ts';
import type { DirectoryRecord, EventRecord, GroupRecord, State, UserRecord } from './state.ts';
import type { DirectoryState, Json, WireEvent, WireGroup, WireUser } from './wire.ts';

/** The same state has other names in events than in answers. */
const EVENT_STATES: Readonly<Record<DirectoryState, string>> = {
  linked: 'active',
  validating: 'validating',
  invalid_credentials: 'invalid_credentials',
  unlinked: 'inactive',
};

/** A user as it stands in events. */
export const renderUser = (knobs: Knobs, { wire }: UserRecord): WireUser =>
  knobs.legacyAttributes
    ? wire
    : { ...wire, raw_attributes: {}, emails: [], username: null, job_title: null };

/** The live groups of a user, in order of creation. */
export const groupsOfUser = (state: Readonly<State>, user: UserRecord): GroupRecord[] => {
  const order = state.groupsOf.get(user.wire.directory_id) ?? [];
  return (state.groupsOfUser.get(user.id) ?? []).flatMap((position) => {
    const group = state.groups.get(order[position] ?? '');
    return group === undefined || group.deleted ? [] : [group];
  });
};

/** A user as the API lists it. */
export const renderListedUser = (
  state: Readonly<State>,
  user: UserRecord,
): WireUser & { readonly groups: readonly WireGroup[] } => ({
  ...renderUser(state.knobs, user),
  groups: state.knobs.emptyGroups ? [] : groupsOfUser(state, user).map(({ wire }) => wire),
});

const counts = (state: Readonly<State>, directory: DirectoryRecord): Json => {
  const users = { active: 0, inactive: 0 };
  for (const id of state.usersOf.get(directory.id) ?? []) {
    const user = state.users.get(id);
    if (user === undefined || user.deleted) continue;
    if (user.wire.state === 'active') users.active += 1;
    else users.inactive += 1;
  }
  const groups = (state.groupsOf.get(directory.id) ?? []).filter(
    (id) => state.groups.get(id)?.deleted === false,
  ).length;
  return { users, groups };
};

/** A directory as the API answers it. */
export const renderDirectory = (state: Readonly<State>, directory: DirectoryRecord): Json => {
  const domain = state.organizations.get(directory.organizationId)?.domains[0]?.domain;
  return {
    object: 'directory',
    id: directory.id,
    organization_id: directory.organizationId,
    external_key: directory.externalKey,
    type: directory.type,
    state: directory.state,
    name: directory.name,
    ...(domain === undefined ? {} : { domain }),
    metadata: counts(state, directory),
    created_at: directory.createdAt,
    updated_at: directory.updatedAt,
  };
};

const directoryData = (state: Readonly<State>, { event, directory }: EventRecord): Json => {
  const domains = state.organizations.get(directory.organizationId)?.domains ?? [];
  return {
    object: 'directory',
    id: directory.id,
    organization_id: directory.organizationId,
    type: directory.type,
    state: EVENT_STATES[directory.state],
    name: directory.name,
    created_at: directory.createdAt,
    updated_at: directory.updatedAt,
    ...(event === 'dsync.deleted'
      ? {}
      : {
          external_key: directory.externalKey,
          domains: domains.map((domain) => ({ object: 'organization_domain', ...domain })),
        }),
  };
};

const dataOf = (state: Readonly<State>, record: EventRecord): Json => {
  const { user, group, previous, directory } = record;
  const changed = previous === undefined ? {} : { previous_attributes: previous };
  if (user !== undefined && group !== undefined) {
    return {
      directory_id: directory.id,
      user: renderUser(state.knobs, user),
      group: group.wire,
    };
  }
  if (user !== undefined) return { ...renderUser(state.knobs, user), ...changed };
  if (group !== undefined) return { ...group.wire, ...changed };
  return directoryData(state, record);
};

/** An event as webhooks carry it and `/events` lists it. */
export const renderEvent = (state: Readonly<State>, record: EventRecord): WireEvent => ({
  object: 'event',
  id: record.id,
  event: record.event,
  data: dataOf(state, record),
  created_at: new Date(record.at).toISOString(),
});
