import { accessOf } from './access.ts';
import { unknownUser } from './batch-draft.ts';
import type { BatchState, KnownUser } from './batch-state.ts';
import type { AuditEntry } from './effect.ts';
import type { DirectoryUserId, UserId } from './ids.ts';
import { isAlive } from './lifecycle.ts';
import type { UserContent } from './observation.ts';
import type { Linking } from './policy.ts';
import { observe, observeEnd, observeListing, unseenRecord, type JoinedRecord } from './record.ts';
import type { Cause, Told } from './told.ts';

/** Somebody who is told of in a batch, as the whole batch shows them. */
interface ToldPerson {
  readonly id: DirectoryUserId;
  readonly record: JoinedRecord<UserContent>;
  /** Of the first sight of them. */
  readonly cause: Cause;
}

/** Somebody who is first seen, and whose address the policy lets look for an account. */
export interface Newcomer extends ToldPerson {
  readonly address: string;
  readonly organizationId: string;
  /** Whether they are active. Who is not gets no account: it would lose its access to a namesake's record. */
  readonly active: boolean;
}

/** Whoever is told of in a batch, and those of them who may get an account by their address. */
export interface Arrivals {
  readonly people: readonly ToldPerson[];
  readonly newcomers: readonly Newcomer[];
}

/** An account that carries an address somebody arrived with. */
export interface AddressHolder {
  readonly id: UserId;
  readonly email: string;
  readonly organizationId: string | null;
  readonly directoryUserId: DirectoryUserId | null;
  /** Whether a directory user had this account at any time: then nobody gets it by address. */
  readonly onceOwned: boolean;
  readonly hasRoles: boolean;
}

const NOBODY: Arrivals = { people: [], newcomers: [] };

/** Who arrives in a batch that may be linked by address; nobody unless the policy says so. */
export const arrivals = (state: BatchState, told: readonly Told[]): Arrivals => {
  const { linking } = state.policy;
  if (linking.by !== 'email' || linking.domains.length === 0) return NOBODY;
  const people = toldPeople(state, told);
  return { people, newcomers: people.flatMap((person) => newcomer(state, linking, person) ?? []) };
};

/**
 * The state of a batch in which each active newcomer has the account that carries their address: the
 * only account of the organization that does, when no other directory user does. Where several do, or
 * the account is another directory user's, both sides are told in the audit log, by id, and nobody is linked.
 */
export const linkByEmail = (
  state: BatchState,
  { people, newcomers }: Arrivals,
  holders: readonly AddressHolder[],
): BatchState => {
  if (newcomers.length === 0) return state;
  const users = new Map<DirectoryUserId, KnownUser>(state.users);
  const linkDoubts: AuditEntry[] = [];
  for (const person of newcomers) {
    const carrying = holders.filter(
      (holder) =>
        normal(holder.email) === person.address && holder.organizationId === person.organizationId,
    );
    const accounts = carrying.filter((one) => one.directoryUserId === null && !one.onceOwned);
    const others = new Set([
      ...carrying.flatMap(({ directoryUserId }) => directoryUserId ?? []),
      ...people.filter((one) => addressOf(one) === person.address).map(({ id }) => id),
    ]);
    others.delete(person.id);
    // Of the application: one that was provisioned for its person is no account to be linked.
    const taken = carrying.filter(
      ({ id, directoryUserId: owner }) => owner !== null && String(owner) !== String(id),
    );
    const [account] = accounts;
    if (accounts.length + taken.length === 0) continue;
    if (accounts.length > 1 || others.size > 0)
      linkDoubts.push(
        doubt(state, person, { accounts: [...accounts, ...taken], others: [...others] }),
      );
    else if (account !== undefined && person.active)
      users.set(person.id, {
        ...unknownUser(person.id),
        userId: account.id,
        welcomed: true,
        hasRoles: account.hasRoles,
        link: 'email-policy',
      });
  }
  return { ...state, users, linkDoubts };
};

/** Whether two addresses, stored as given, are one: they are compared without case. */
export const isSameAddress = (one: string, other: string): boolean => normal(one) === normal(other);

const normal = (address: string): string => address.toLowerCase();

const toldPeople = (state: BatchState, told: readonly Told[]): readonly ToldPerson[] => {
  const people = new Map<DirectoryUserId, ToldPerson>();
  for (const { cause, observations } of told)
    for (const seen of observations) {
      if (seen.of !== 'user') continue;
      const before = people.get(seen.id) ?? { id: seen.id, record: unseenRecord, cause };
      const record = observe<UserContent>(before.record, seen);
      people.set(seen.id, { ...before, record });
    }
  return [...people.values()].map((person) => ({
    ...person,
    record: observeListing(
      observeEnd(person.record, state.directory.deprovisioned),
      state.directory.usersListed,
    ),
  }));
};

const addressOf = ({ record }: ToldPerson): string | null => {
  const email = record.dated?.content.email ?? null;
  return email === null ? null : normal(email);
};

const newcomer = (state: BatchState, linking: Linking, person: ToldPerson): Newcomer | null => {
  if (state.users.has(person.id) || !isAlive(person.record.life)) return null;
  const address = addressOf(person);
  const organizationId =
    state.directory.record.dated?.content.organizationId ??
    person.record.dated?.content.organizationId ??
    null;
  if (address === null || organizationId === null) return null;
  const domain = address.slice(address.lastIndexOf('@') + 1);
  return address.includes('@') && linking.domains.some((listed) => normal(listed) === domain)
    ? { ...person, address, organizationId, active: accessOf(person.record).enabled }
    : null;
};

const MOST_NAMED = 10;

const doubt = (
  state: BatchState,
  person: Newcomer,
  {
    accounts,
    others,
  }: { readonly accounts: readonly AddressHolder[]; readonly others: readonly string[] },
): AuditEntry => ({
  type: 'dsync.error',
  cause: person.cause,
  directoryId: state.directoryId,
  organizationId: person.organizationId,
  userId: unknownUser(person.id).userId,
  groupId: null,
  reason: 'link-ambiguous',
  severity: 'warning',
  metadata: {
    accounts: named(accounts.map(({ id }) => id)),
    directoryUsers: named([person.id, ...others]),
  },
});

const named = (ids: readonly string[]): string => ids.toSorted().slice(0, MOST_NAMED).join(' ');
