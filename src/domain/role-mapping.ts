import type { GroupId } from './ids.ts';

/** A role that a person has, and what gives it. */
export interface Role {
  readonly role: string;
  /** A group of the directory, a role that WorkOS sends, or the application by hand. */
  readonly source: 'directory_sync' | 'workos' | 'manual';
  /** The groups that give it, in order; empty for the other sources. */
  readonly via: readonly GroupId[];
}

/** Which groups, and which of WorkOS's own role slugs, give which roles. */
export interface RoleMapping {
  readonly groups: readonly { readonly group: string; readonly roles: readonly string[] }[];
  readonly workos: Readonly<Record<string, readonly string[]>>;
}

/** By what a mapping may name a group. */
export interface GroupNames {
  readonly id: GroupId;
  readonly idpId: string | null;
  readonly name: string | null;
}

/** The roles that a group gives its people: every entry that names it by id, idp id or name counts. */
export const rolesOfGroup = (mapping: RoleMapping, group: GroupNames): readonly string[] => [
  ...new Set(
    mapping.groups
      .filter(({ group: named }) => names(group).includes(named))
      .flatMap(({ roles }) => roles),
  ),
];

/** What a mapping names as a group and is none of these, in its order; each once. */
export const unmatchedNames = (
  mapping: RoleMapping,
  groups: readonly GroupNames[],
): readonly string[] => {
  const known = new Set(groups.flatMap((group) => names(group)));
  return [...new Set(mapping.groups.map(({ group }) => group))].filter((name) => !known.has(name));
};

/** WorkOS's own ids are met by ids alone: another customer may name a group like one. */
const names = ({ id, idpId, name }: GroupNames): readonly (string | null)[] => [
  id,
  ...[idpId, name].filter((text) => text?.startsWith('directory_group_') !== true),
];

/** The names in what an application keeps as `manualRoles`, whatever else it has put there. */
export const roleNames = (kept: unknown): readonly string[] =>
  Array.isArray(kept)
    ? kept.filter((one): one is string => typeof one === 'string' && one.trim() !== '')
    : [];

/**
 * A person's roles, derived from everything that gives one; none while they are not enabled. Sorted
 * by role, then source. The same state always gives the same roles: nothing is added or taken away.
 */
export const rolesOf = (
  person: {
    readonly enabled: boolean;
    /** The groups that the person is a live member of; those that no entry names do not matter. */
    readonly groups: readonly GroupNames[];
    /** The role slugs that WorkOS sends of the person. */
    readonly slugs: readonly string[];
    /** The application's own. */
    readonly manual: readonly string[];
  },
  mapping: RoleMapping,
): readonly Role[] => {
  if (!person.enabled) return [];
  const via = new Map<string, GroupId[]>();
  for (const group of person.groups)
    for (const role of rolesOfGroup(mapping, group))
      via.set(role, [...(via.get(role) ?? []), group.id]);
  const sent = person.slugs.flatMap((slug) =>
    Object.hasOwn(mapping.workos, slug) ? (mapping.workos[slug] ?? []) : [],
  );
  return [
    ...[...via].map(([role, ids]): Role => ({
      role,
      source: 'directory_sync',
      via: [...new Set(ids)].toSorted(),
    })),
    ...[...new Set(sent)].map((role): Role => ({ role, source: 'workos', via: [] })),
    ...[...new Set(person.manual)].map((role): Role => ({ role, source: 'manual', via: [] })),
  ].toSorted((a, b) => compare(a.role, b.role) || compare(a.source, b.source));
};

/** Which roles a person has that they had not, and the other way round; whatever gives them. */
export const roleChanges = (
  before: readonly Role[],
  after: readonly Role[],
): { readonly granted: readonly string[]; readonly revoked: readonly string[] } => {
  const had = new Set(before.map(({ role }) => role));
  const has = new Set(after.map(({ role }) => role));
  return {
    granted: [...has].filter((role) => !had.has(role)),
    revoked: [...had].filter((role) => !has.has(role)),
  };
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
