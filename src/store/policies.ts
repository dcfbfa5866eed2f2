import { directoryId } from '../domain/ids.ts';
import { effectivePolicy, type Policy } from '../domain/policy.ts';
import { checkPolicy } from '../policy/check-policy.ts';
import type { Database } from './database.ts';
import { OWED_DERIVATION } from './owe-derivation.ts';
import { DEFAULT_POLICY_ID, policyKey } from './read-policy.ts';
import { transact } from './transact.ts';
import { writeAudit } from './write-audit.ts';

/** Whose policy a document is: everybody's, or one directory's own. */
export type PolicyOwner = { readonly directoryId: string | null };

/** A stored policy as it was written, its sound keys, and what is wrong with the others. */
export interface StoredPolicy {
  readonly policy: Partial<Policy>;
  readonly problems: readonly string[];
}

/** The policy document of an owner; null when there is none. */
export const findPolicy = async (
  database: Pick<Database, 'policies'>,
  owner: PolicyOwner,
): Promise<StoredPolicy | null> => {
  const found = await database.policies.findOne({ _id: owner.directoryId ?? DEFAULT_POLICY_ID });
  if (found === null) return null;
  const { _id, ...written } = found;
  return checkPolicy(written);
};

/** A directory that a policy would be put in force for, and what would hold there then. */
export interface TouchedDirectory {
  readonly directoryId: string;
  readonly people: number;
  readonly policy: Policy;
  readonly key: string;
  /** Whether its accounts would be derived anew. */
  readonly derives: boolean;
}

/** The directories that a new policy of `owner` reaches, and what would hold in each. */
export const touchedDirectories = async (
  database: Database,
  change: PolicyOwner & { readonly policy: Partial<Policy> },
): Promise<readonly TouchedDirectory[]> => {
  const general =
    change.directoryId === null
      ? change.policy
      : (await findPolicy(database, { directoryId: null }))?.policy;
  const directories = await database.directories
    .find(change.directoryId === null ? {} : { _id: change.directoryId }, {
      projection: { 'sync.policyKey': 1 },
    })
    .sort({ _id: 1 })
    .toArray();
  const touched: TouchedDirectory[] = [];
  for (const { _id, sync } of directories) {
    const own =
      change.directoryId === null
        ? (await findPolicy(database, { directoryId: _id }))?.policy
        : change.policy;
    const policy = effectivePolicy(general ?? null, own ?? null);
    const key = policyKey(policy);
    touched.push({
      directoryId: _id,
      people: await database.users.countDocuments({ directoryId: _id }),
      policy,
      key,
      derives: sync?.policyKey !== key,
    });
  }
  return touched;
};

/**
 * Replaces the policy of an owner and audits it, in one transaction. Directories notice it when they
 * are woken or swept, and derive their accounts anew. A repeat replaces it by the same.
 */
export const replacePolicy = (
  database: Database,
  change: PolicyOwner & {
    readonly policy: Partial<Policy>;
    readonly changeId: string;
    readonly now: Date;
  },
): Promise<void> =>
  transact(database, async (session, attempt) => {
    const owner = change.directoryId ?? DEFAULT_POLICY_ID;
    await database.policies.replaceOne(
      { _id: owner },
      { ...change.policy },
      {
        upsert: true,
        session,
      },
    );
    // Everybody is owed a derivation; and whatever read the former policy fails on this write.
    await database.directories.updateMany(
      change.directoryId === null ? {} : { _id: change.directoryId },
      { $set: OWED_DERIVATION, $inc: { 'sync.rev': 1 } },
      { session },
    );
    await writeAudit({ database, session, now: change.now, attempt }, [
      {
        type: 'policy.changed',
        cause: { event: null, key: `policy:${change.changeId}` },
        directoryId: directoryId(owner),
        organizationId: null,
        userId: null,
        groupId: null,
        reason: 'operator',
        severity: 'info',
        metadata: { keys: Object.keys(change.policy).toSorted().join(', ') },
      },
    ]);
  });

/** How many of these directories have not derived all of their accounts by their policy, and how far they are. */
export const derivationsLeft = async (
  database: Database,
  touched: readonly TouchedDirectory[],
): Promise<{ readonly left: number; readonly done: number }> => {
  const directories = await database.directories
    .find(
      { _id: { $in: touched.map((one) => one.directoryId) } },
      { projection: { 'sync.policyKey': 1, 'sync.deriving': 1 } },
    )
    .toArray();
  const wanted = new Map(touched.map((one) => [one.directoryId, one]));
  let left = 0;
  let done = 0;
  for (const { _id, sync } of directories) {
    const one = wanted.get(_id);
    if (one === undefined) continue;
    if (sync.policyKey === one.key) done += one.people;
    else {
      left += 1;
      done += sync.deriving?.key === one.key ? sync.deriving.done : 0;
    }
  }
  return { left, done };
};
