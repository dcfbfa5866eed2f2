import type { Told } from '../../src/domain/told.ts';
import type { Version } from '../../src/domain/version.ts';
import { at, group, groupDeleted, member, person, personDeleted, told } from './observations.ts';

export const PEOPLE = ['ann', 'bob', 'cy'] as const;
export const GROUPS = ['staff', 'board'] as const;
export type Person = (typeof PEOPLE)[number];
export type Group = (typeof GROUPS)[number];

/** What an admin may do in the directory, or the directory by itself. */
export interface Act {
  readonly does:
    | 'join'
    | 'edit'
    | 'suspend'
    | 'activate'
    | 'leave'
    | 'leave-keeping-groups'
    | 'return-with-events'
    | 'return-silently'
    | 'add'
    | 'remove'
    | 'move-while-away'
    | 'create-group'
    | 'delete-group'
    | 'delete-group-with-removals'
    | 'return-group';
  readonly person: Person;
  readonly group: Group;
}

interface Account {
  present: boolean;
  active: boolean;
  email: string;
}

/**
 * A plain directory that acts change and that announces what it does as WorkOS would, one tick an
 * act. It is what the engine's outcome is compared with, so it knows nothing of joins.
 */
export const createDirectoryModel = () => {
  const people = new Map<Person, Account>();
  const groups = new Map<Group, { present: boolean }>();
  const members = new Set<string>();
  const events: Told[] = [];
  const clock = { tick: 100 };

  const next = (): Version => {
    clock.tick += 1;
    return at(clock.tick);
  };
  const key = (g: Group, p: Person): string => `${g}:${p}`;
  const isPresent = (p: Person): boolean => people.get(p)?.present === true;
  const hasGroup = (g: Group): boolean => groups.get(g)?.present === true;
  const groupsOf = (p: Person): readonly Group[] => GROUPS.filter((g) => members.has(key(g, p)));

  const sighting = (p: Person, version: Version) => {
    const account = people.get(p);
    return person(p, version, {
      email: account?.email ?? null,
      state: account?.active === true ? 'active' : 'inactive',
    });
  };
  const announce = (p: Person): void => {
    events.push(told(sighting(p, next())));
  };
  const announceMember = (g: Group, p: Person, shows: 'added' | 'removed'): void => {
    const version = next();
    const whole = shows === 'added' ? [sighting(p, version), group(g, version)] : [];
    events.push(told(...whole, member({ group: g, user: p }, shows, version)));
  };

  const leave = (p: Person): void => {
    const account = people.get(p);
    if (account !== undefined) account.present = false;
    events.push(told(personDeleted(p, next())));
  };
  const arrive = (p: Person): void => {
    people.set(p, { present: true, active: true, email: `${p}-${clock.tick}@example.com` });
    announce(p);
  };
  const deleteGroup = (g: Group): void => {
    groups.set(g, { present: false });
    events.push(told(groupDeleted(g, next())));
  };
  const forgetMembers = (which: (member: string) => boolean): void => {
    for (const known of members) if (which(known)) members.delete(known);
  };

  const act = ({ does, person: p, group: g }: Act): void => {
    const account = people.get(p);
    switch (does) {
      case 'join':
        if (account === undefined) arrive(p);
        return;
      case 'edit':
        if (!account?.present) return;
        account.email = `${p}-${clock.tick}@example.com`;
        return announce(p);
      case 'suspend':
      case 'activate':
        if (!account?.present) return;
        account.active = does === 'activate';
        return announce(p);
      case 'leave':
        if (!isPresent(p)) return;
        forgetMembers((known) => known.endsWith(`:${p}`));
        return leave(p);
      case 'leave-keeping-groups':
        if (isPresent(p)) leave(p);
        return;
      case 'return-with-events':
        if (account === undefined || account.present) return;
        arrive(p);
        for (const kept of groupsOf(p)) if (hasGroup(kept)) announceMember(kept, p, 'added');
        return;
      case 'return-silently':
        if (account !== undefined && !account.present) arrive(p);
        return;
      case 'add':
        if (!isPresent(p) || !hasGroup(g) || members.has(key(g, p))) return;
        members.add(key(g, p));
        return announceMember(g, p, 'added');
      case 'remove':
        if (!isPresent(p) || !hasGroup(g) || !members.delete(key(g, p))) return;
        return announceMember(g, p, 'removed');
      case 'move-while-away':
        if (account === undefined || account.present || !hasGroup(g)) return;
        if (!members.delete(key(g, p))) members.add(key(g, p));
        return;
      case 'create-group':
        if (groups.has(g)) return;
        groups.set(g, { present: true });
        events.push(told(group(g, next())));
        return;
      case 'delete-group':
        if (hasGroup(g)) deleteGroup(g);
        return;
      case 'delete-group-with-removals':
        if (!hasGroup(g)) return;
        deleteGroup(g);
        for (const p2 of PEOPLE)
          if (members.delete(key(g, p2)) && isPresent(p2)) announceMember(g, p2, 'removed');
        return;
      case 'return-group':
        if (!groups.has(g) || hasGroup(g)) return;
        groups.set(g, { present: true });
        events.push(told(group(g, next(), g)));
    }
  };

  /** The groups that the API lists for a person now; null when it does not know the person. */
  const listGroups = (p: Person): readonly Group[] | null =>
    isPresent(p) ? groupsOf(p).filter(hasGroup) : null;

  /** The people that the API lists for a group now; null when it does not know the group. */
  const listMembers = (g: Group): readonly Person[] | null =>
    hasGroup(g) ? PEOPLE.filter((p) => isPresent(p) && members.has(key(g, p))) : null;

  /** What an application should see once it knows everything. */
  const truth = () => ({
    people: Object.fromEntries(
      [...people].map(([p, account]) => [
        p,
        {
          enabled: account.present && account.active,
          deleted: !account.present,
          email: account.email,
        },
      ]),
    ),
    groups: GROUPS.filter(hasGroup),
    members: GROUPS.flatMap((g) => (listMembers(g) ?? []).map((p) => key(g, p))).toSorted(),
  });

  return { act, events, listGroups, listMembers, truth, now: (): number => clock.tick };
};

export type DirectoryModel = ReturnType<typeof createDirectoryModel>;
