import { mapAttributes, type AttributeValue, type DescribedPerson } from './attribute-mapping.ts';
import { hardDeleteTime, type Policy } from './policy.ts';
import { roleChanges, rolesOf, type GroupNames, type Role } from './role-mapping.ts';

/** What is stored of an account, as far as a policy decides over it. */
export interface DerivableAccount {
  readonly content: DescribedPerson;
  readonly enabled: boolean;
  /** Epoch milliseconds. */
  readonly deletedAt: number | null;
  /** The live groups of the person that the policy's role mapping names. */
  readonly groups: readonly GroupNames[];
  readonly slugs: readonly string[];
  readonly manual: readonly string[];
}

/** Everything of an account that follows from its observations and the policy. */
export interface DerivedAccount {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly roles: readonly Role[];
  /** Epoch milliseconds. */
  readonly hardDeleteAt: number | null;
}

/** Derives an account anew from what is stored, without asking anybody. */
export const deriveAccount = (account: DerivableAccount, policy: Policy): DerivedAccount => ({
  attributes: mapAttributes(policy.attributes, account.content),
  roles: rolesOf(account, policy.roles),
  hardDeleteAt: account.deletedAt === null ? null : hardDeleteTime(account.deletedAt, policy),
});

/** What a new derivation would change of an account. */
export interface DerivedChanges {
  readonly attributes: readonly string[];
  readonly granted: readonly string[];
  readonly revoked: readonly string[];
  readonly hardDeleteAt: { readonly from: number | null; readonly to: number | null } | null;
}

/**
 * Compares what stands with what would stand; null when nothing would change. An attribute that is
 * null is the same as none.
 */
export const derivedChanges = (
  before: DerivedAccount,
  after: DerivedAccount,
): DerivedChanges | null => {
  const names = new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)]);
  const attributes = [...names]
    .filter((name) => !isSame(before.attributes[name] ?? null, after.attributes[name] ?? null))
    .toSorted();
  const { granted, revoked } = roleChanges(before.roles, after.roles);
  const moved = before.hardDeleteAt !== after.hardDeleteAt;
  if (attributes.length + granted.length + revoked.length === 0 && !moved) return null;
  return {
    attributes,
    granted,
    revoked,
    hardDeleteAt: moved ? { from: before.hardDeleteAt, to: after.hardDeleteAt } : null,
  };
};

/** Whether an account has exactly these attributes, also those that are null. */
export const hasSameKeys = (before: DerivedAccount, after: DerivedAccount): boolean => {
  const [had, has] = [Object.keys(before.attributes), Object.keys(after.attributes)];
  return had.length === has.length && has.every((name) => Object.hasOwn(before.attributes, name));
};

const isSame = (a: AttributeValue, b: AttributeValue): boolean =>
  Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((one, index) => one === b[index])
    : a === b;
