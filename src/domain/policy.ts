import type { AttributeMapping } from './attribute-mapping.ts';
import type { RoleMapping } from './role-mapping.ts';

/** The decisions an application makes for all directories, or for one. See the README's policy table. */
export interface Policy {
  /** Attributes to map besides the nine, or in place of some of them. */
  readonly attributes: AttributeMapping;
  /** What gives a role. */
  readonly roles: RoleMapping;
  /** Days between soft and hard deletion; may be fractional, for trials. */
  readonly retentionDays: number;
  /** Who is welcomed by mail: everybody, everybody but those of the first backfill, nobody. */
  readonly welcomeMail: 'all' | 'live' | 'none';
  /** The customer's contact for what only they can mend. */
  readonly contact: string | null;
  /** What becomes of the people of a directory that WorkOS deletes: nothing, or they lose access. */
  readonly onDirectoryDeleted: 'freeze' | 'deprovision';
  /** Whether a person who is first seen gets an account that the application has already. */
  readonly linking: Linking;
  /** How many removals a directory may bring within a sliding window before they are held. */
  readonly removalBudget: RemovalBudget;
  /** How often a directory is compared with WorkOS unasked. */
  readonly reconcile: { readonly everyHours: number };
}

/** `percent` of the enabled people, but at least and at most so many, in so many minutes. */
export interface RemovalBudget {
  readonly percent: number;
  readonly atLeast: number;
  readonly atMost: number;
  readonly windowMinutes: number;
}

/**
 * `none`: only by an import, or by the application itself. `email`: to the one account of the same
 * organization that carries the person's address, in one of `domains`; compared without case.
 */
export interface Linking {
  readonly by: 'none' | 'email';
  readonly domains: readonly string[];
}

export const DEFAULT_POLICY: Policy = {
  attributes: {},
  roles: { groups: [], workos: {} },
  retentionDays: 90,
  welcomeMail: 'all',
  contact: null,
  onDirectoryDeleted: 'freeze',
  linking: { by: 'none', domains: [] },
  removalBudget: { percent: 10, atLeast: 5, atMost: 500, windowMinutes: 60 },
  reconcile: { everyHours: 24 },
};

const DAY_MS = 86_400_000;

/** The policy of one directory: its own keys over the default document's over the built-in ones. */
export const effectivePolicy = (
  general: Partial<Policy> | null,
  own: Partial<Policy> | null,
): Policy => ({ ...DEFAULT_POLICY, ...general, ...own });

/** When a person deleted at `deletedAt` is hard-deleted; both epoch milliseconds. */
export const hardDeleteTime = (deletedAt: number, policy: Policy): number =>
  Math.round(deletedAt + policy.retentionDays * DAY_MS);

/** Whoever was deleted at this moment or before is due at `now`; epoch milliseconds. */
export const lastDueDeletion = (now: number, policy: Policy): number =>
  now - policy.retentionDays * DAY_MS;
