import { companyName, domainOf, fieldsOf, groupName, inventPerson } from '../people.ts';
import { Refusal } from '../refusal.ts';
import type { DirectoryRecord, GroupRecord, OrganizationRecord, UserRecord } from '../state.ts';
import type { DirectoryState } from '../wire.ts';
import type { Draft } from '../world.ts';
import { groupsOf, newOr, usersOf } from './lookup.ts';
import { createGroup } from './groups.ts';
import { addMember, membersOf } from './members.ts';
import { createUser } from './users.ts';

export type NewDirectory = {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly organization?: string | undefined;
  readonly domain?: string | undefined;
  readonly users?: number | undefined;
  readonly groups?: number | undefined;
  readonly activate?: boolean | undefined;
};

/** A new organization; without a domain it gets one reserved for examples. */
export const createOrganization = (
  draft: Draft,
  { id, name, domains }: { id?: string | undefined; name: string; domains?: readonly string[] },
): OrganizationRecord => {
  const record: OrganizationRecord = {
    id: newOr(draft.state.organizations, id) ?? draft.newId('org'),
    name,
    domains: (domains ?? [domainOf(name)]).map((domain) => ({
      id: draft.newId('org_domain'),
      domain,
    })),
  };
  draft.put({ kind: 'organization', record });
  return record;
};

const setDirectory = (
  draft: Draft,
  directory: DirectoryRecord,
  changed: Partial<DirectoryRecord>,
): DirectoryRecord => {
  const updatedAt = new Date(draft.now).toISOString();
  const record = { ...directory, ...changed, updatedAt };
  draft.put({ kind: 'directory', record });
  return record;
};

const GROUPS_EACH = 2;

const fill = (
  draft: Draft,
  directory: DirectoryRecord,
  { users, groups, domain }: { users: number; groups: number; domain: string },
): void => {
  const taken = new Set<string>();
  const people: UserRecord[] = [];
  const departments = new Map<string, string>();
  for (let number = 0; number < users; number += 1) {
    const isTaken = (email: string): boolean => taken.has(email);
    const person = inventPerson({ random: draft.random, domain, number, isTaken });
    taken.add(person.email);
    const idpId = `00u${String(number).padStart(9, '0')}`;
    const user = createUser(draft, { directory, fields: fieldsOf(person, idpId) });
    departments.set(user.id, person.department);
    people.push(user);
  }
  const made: GroupRecord[] = [];
  for (let index = 0; index < groups; index += 1) {
    made.push(createGroup(draft, { directory, name: groupName(index) }));
  }
  for (const user of people) {
    const own = made.find(({ wire }) => wire.name === departments.get(user.id));
    const joined = new Set<GroupRecord>(own === undefined ? [] : [own]);
    while (joined.size < Math.min(GROUPS_EACH, made.length)) {
      const group = made[draft.random.below(made.length)];
      if (group !== undefined) joined.add(group);
    }
    for (const group of joined) addMember(draft, { group, user });
  }
};

/** A new directory, filled with invented people and groups if asked, and activated unless told not to. */
export const createDirectory = (draft: Draft, wanted: NewDirectory): DirectoryRecord => {
  const { state } = draft;
  const name = wanted.name ?? companyName(draft.random, state.directories.size);
  const known =
    wanted.organization === undefined ? undefined : state.organizations.get(wanted.organization);
  const organization =
    known ??
    createOrganization(draft, {
      id: wanted.organization,
      name,
      ...(wanted.domain === undefined ? {} : { domains: [wanted.domain] }),
    });
  const id = newOr(state.directories, wanted.id) ?? draft.newId('directory');
  const time = new Date(draft.now).toISOString();
  const directory: DirectoryRecord = {
    id,
    position: state.directoryOrder.length,
    deleted: false,
    activated: false,
    organizationId: organization.id,
    externalKey: id.slice(-16),
    type: wanted.type ?? 'okta scim v2.0',
    name,
    state: 'validating',
    createdAt: time,
    updatedAt: time,
  };
  draft.put({ kind: 'directory', record: directory });
  const domain = organization.domains[0]?.domain ?? domainOf(name);
  fill(draft, directory, { users: wanted.users ?? 0, groups: wanted.groups ?? 0, domain });
  return wanted.activate === false ? directory : activateDirectory(draft, directory);
};

/** Activates: `dsync.activated`, then (by knob) everybody, then each group with its members. */
export const activateDirectory = (draft: Draft, directory: DirectoryRecord): DirectoryRecord => {
  if (directory.activated) {
    throw new Refusal(422, `The directory "${directory.id}" is activated already.`);
  }
  const { state, emit } = draft;
  const active = setDirectory(draft, directory, { activated: true, state: 'linked' });
  emit({ event: 'dsync.activated', directory: active.id });
  if (!state.knobs.activationEvents) return active;
  for (const user of usersOf(state, active.id)) {
    if (!user.deleted) emit({ event: 'dsync.user.created', directory: active.id, user: user.id });
  }
  for (const group of groupsOf(state, active.id)) {
    if (group.deleted) continue;
    emit({ event: 'dsync.group.created', directory: active.id, group: group.id });
    for (const { id } of membersOf(state, group)) {
      emit({
        event: 'dsync.group.user_added',
        directory: active.id,
        user: id,
        group: group.id,
      });
    }
  }
  return active;
};

/** Deletes a directory: `dsync.deleted` alone, nothing per person or group. */
export const deleteDirectory = (draft: Draft, directory: DirectoryRecord): void => {
  const gone = setDirectory(draft, directory, { deleted: true });
  draft.emit({ event: 'dsync.deleted', directory: gone.id });
};

/** Sets the state shown by the API; WorkOS has no event for it. */
export const setDirectoryState = (
  draft: Draft,
  directory: DirectoryRecord,
  state: DirectoryState,
): DirectoryRecord => setDirectory(draft, directory, { state });
