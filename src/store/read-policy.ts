import { createHash } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import type { Policy } from '../domain/policy.ts';
import type { RoleMapping } from '../domain/role-mapping.ts';
import { checkPolicy } from '../policy/check-policy.ts';
import { meantPolicy } from '../policy/meant-policy.ts';
import type { Database } from './database.ts';

/** What holds for a directory, and whether a document says something that cannot be meant. */
export interface CheckedPolicy {
  readonly policy: Policy;
  /** Equal keys derive equal accounts: attributes, roles and days of hard deletion. */
  readonly key: string;
  /** Sentences about keys that somebody wrote by hand and that do not hold. */
  readonly problems: readonly string[];
  /** What gives a role; null while a typing error hides what was meant. */
  readonly roles: RoleMapping | null;
  /** Whether accounts may be derived by it. */
  readonly derives: boolean;
  /** Whether somebody may be hard-deleted by it. */
  readonly purges: boolean;
}

/** The attention that a directory asks for while its policy is not sound. */
export const POLICY_INVALID = 'policy-invalid';

/** The id of the policy of all directories that have none of their own. */
export const DEFAULT_POLICY_ID = 'default';

/** The policy that holds for a directory at this moment; the default one for null. */
export const readPolicy = async (
  database: Pick<Database, 'policies'>,
  directoryId: string | null,
  session?: ClientSession,
): Promise<Policy> => (await readCheckedPolicy(database, directoryId, session)).policy;

/**
 * The policy of one directory: its own keys over the default document's over the built-in ones. A
 * key that is not sound does not hold: who has access, and who is purged, must not depend on a typing error.
 */
export const readCheckedPolicy = async (
  database: Pick<Database, 'policies'>,
  directoryId: string | null,
  session?: ClientSession,
): Promise<CheckedPolicy> => {
  const ids = [DEFAULT_POLICY_ID, ...(directoryId === null ? [] : [directoryId])];
  const found = await database.policies
    .find({ _id: { $in: ids } }, session === undefined ? {} : { session })
    .toArray();
  const checked = (id: string | null) => {
    const { _id, ...written } = found.find((policy) => policy._id === id) ?? { _id: id };
    return checkPolicy(written);
  };
  const general = checked(DEFAULT_POLICY_ID);
  const own = checked(directoryId);
  const { policy, doubted } = meantPolicy({ general, own });
  return {
    policy,
    key: policyKey(policy),
    problems: [...general.problems, ...own.problems],
    roles: doubted.has('roles') ? null : policy.roles,
    derives: !DERIVING.some((name) => doubted.has(name)),
    purges: !doubted.has('retentionDays'),
  };
};

/** The keys from which accounts are derived. */
const DERIVING = ['attributes', 'roles', 'retentionDays'] as const;

/** Tells policies that derive different accounts apart. */
export const policyKey = ({ attributes, roles, retentionDays }: Policy): string =>
  createHash('sha256')
    .update(JSON.stringify({ attributes, roles, retentionDays }))
    .digest('base64url')
    .slice(0, 16);
