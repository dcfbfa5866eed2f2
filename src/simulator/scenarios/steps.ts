import { addMember, removeMember } from '../acts/members.ts';
import { createUser, updateUser } from '../acts/users.ts';
import type { UserFields } from '../acts/users.ts';
import {
  DEPARTMENTS,
  domainOf,
  fieldsOf,
  inventPerson,
  titleIn,
  withDepartment,
} from '../people.ts';
import type { Person } from '../people.ts';
import { pick } from '../random.ts';
import { groupsOfUser } from '../render.ts';
import type { DirectoryRecord, GroupRecord, UserRecord } from '../state.ts';
import type { Draft } from '../world.ts';
import { someGroup } from './eligible.ts';

const SMALL = 1_000;

/** An invented person of the directory, with a free address. */
export const invent = (draft: Draft, directory: DirectoryRecord, department?: string): Person => {
  const { state, random } = draft;
  const order = state.usersOf.get(directory.id) ?? [];
  const organization = state.organizations.get(directory.organizationId);
  return inventPerson({
    random,
    domain: organization?.domains[0]?.domain ?? domainOf(directory.name),
    number: order.length,
    // In a large directory every address gets its number, which costs no look at everybody.
    isTaken: (email) =>
      order.length > SMALL ||
      order.some((id) => state.users.get(id)?.wire.email?.toLowerCase() === email),
    department,
  });
};

/** The fields of a person as a new hire has them; the id at the provider is new too. */
export const newHireFields = (draft: Draft, person: Person): UserFields =>
  fieldsOf(person, `00u${draft.newId('x').slice(-17).toLowerCase()}`);

/** Hires: the person, and the group of the department (or any). */
export const hire = (
  draft: Draft,
  {
    directory,
    person,
    groups,
  }: { directory: DirectoryRecord; person: Person; groups?: readonly GroupRecord[] },
): { user: UserRecord; groups: readonly string[] } => {
  const user = createUser(draft, { directory, fields: newHireFields(draft, person) });
  const own =
    someGroup(draft, directory, ({ wire }) => wire.name === person.department) ??
    someGroup(draft, directory);
  const joined = groups ?? (own === undefined ? [] : [own]);
  for (const group of joined) addMember(draft, { group, user });
  return { user, groups: joined.map(({ id }) => id) };
};

/** Moves to another department: attributes, and one group for another where there are two. */
export const move = (
  draft: Draft,
  {
    directory,
    user,
    department: wanted,
    group: target,
  }: {
    directory: DirectoryRecord;
    user: UserRecord;
    department?: string | undefined;
    group?: GroupRecord | undefined;
  },
): { department: string; left: string | null; joined: string | null } => {
  const now = user.wire.custom_attributes['department_name'];
  const department =
    wanted ??
    pick(
      draft.random,
      DEPARTMENTS.filter((name) => name !== now),
    );
  const job_title = titleIn(draft.random, department);
  updateUser(draft, user, withDepartment(user.wire, { department, job_title }));
  const mine = groupsOfUser(draft.state, user);
  const isNew = ({ id }: GroupRecord): boolean => !mine.some((group) => group.id === id);
  const joined =
    target ??
    someGroup(draft, directory, (group) => isNew(group) && group.wire.name === department) ??
    someGroup(draft, directory, isNew);
  if (joined === undefined || !isNew(joined)) return { department, left: null, joined: null };
  const left = mine.find(({ wire }) => wire.name === now) ?? mine[0];
  if (left !== undefined) removeMember(draft, { group: left, user });
  addMember(draft, { group: joined, user });
  return { department, left: left?.id ?? null, joined: joined.id };
};

/** A small change of content: another job title. */
export const retitle = (draft: Draft, user: UserRecord): void => {
  const known = user.wire.custom_attributes['department_name'];
  const department = typeof known === 'string' ? known : '';
  const job_title = `${titleIn(draft.random, department)} ${1 + draft.random.below(9)}`;
  updateUser(draft, user, withDepartment(user.wire, { department, job_title }));
};
