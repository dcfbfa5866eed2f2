import { accessOf } from '../../src/domain/access.ts';
import type {
  BatchState,
  KnownGroup,
  KnownMembership,
  KnownUser,
} from '../../src/domain/batch-state.ts';
import type { DirectoryRecord } from '../../src/domain/directory.ts';
import type { AuditEntry, Mail } from '../../src/domain/effect.ts';
import { membershipId, type DirectoryUserId, type GroupId } from '../../src/domain/ids.ts';
import { isAlive, lastDeletion } from '../../src/domain/lifecycle.ts';
import { isLive } from '../../src/domain/membership.ts';
import { planBatch, type BatchPlan, type CompleteReads } from '../../src/domain/plan-batch.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/domain/policy.ts';
import { unseenRecord } from '../../src/domain/record.ts';
import type { Told } from '../../src/domain/told.ts';
import { DIRECTORY } from './observations.ts';

export const NEW_DIRECTORY: DirectoryRecord = {
  record: unseenRecord,
  connection: 'linked',
  paused: false,
  thawed: null,
  backfilling: null,
  lastSyncedAt: null,
  usersListed: null,
  groupsListed: null,
  membershipsListed: null,
  deprovisioned: null,
  otherOrganization: null,
};

/** A directory as a store would keep it, in maps: applies plans, and runs the sweeps they ask for. */
export const createDirectoryInMemory = (policy: Policy = DEFAULT_POLICY) => {
  const users = new Map<DirectoryUserId, KnownUser>();
  const groups = new Map<GroupId, KnownGroup>();
  const memberships = new Map<
    string,
    KnownMembership & { readonly group: GroupId; readonly user: DirectoryUserId }
  >();
  const audit: AuditEntry[] = [];
  const mails: Mail[] = [];
  const held = { directory: NEW_DIRECTORY, policy };

  const state = (): BatchState => ({
    directoryId: DIRECTORY,
    directory: held.directory,
    policy: held.policy,
    users,
    groups,
    memberships,
  });

  const sweep = (plan: BatchPlan): void => {
    const endedUsers = new Set(plan.endedUsers);
    const endedGroups = new Set(plan.endedGroups);
    for (const [key, known] of memberships) {
      if (!endedUsers.has(known.user) && !endedGroups.has(known.group)) continue;
      const live = isLive(known.membership, {
        user: users.get(known.user)?.record ?? unseenRecord,
        group: groups.get(known.group)?.record ?? unseenRecord,
        directoryListed: held.directory.membershipsListed,
      });
      memberships.set(key, { ...known, live });
    }
  };

  const apply = (batch: readonly Told[], reads: readonly CompleteReads[] = []): BatchPlan => {
    const plan = planBatch(state(), batch, reads);
    for (const { id, known, record, welcomed } of plan.users) {
      const account = record.life.alive !== null;
      const home = account ? 'account' : lastDeletion(record.life) ? 'tombstone' : 'none';
      const purged = known.purged && !account;
      users.set(id, {
        userId: known.userId,
        record,
        home,
        purged,
        welcomed,
        contentKey: null,
        hasRoles: false,
        // An account of the application waits until its person was seen alive.
        ...(known.link === undefined || account ? {} : { link: known.link }),
      });
    }
    for (const { id, record } of plan.groups)
      groups.set(id, { record, stored: true, names: { id, idpId: null, name: null } });
    for (const { group, user, membership, live } of plan.memberships)
      memberships.set(membershipId(group, user), { group, user, membership, live, stored: true });
    const { record, deprovisioned, otherOrganization } = plan.directory;
    held.directory = { ...held.directory, record, deprovisioned, otherOrganization };
    audit.push(...plan.audit);
    mails.push(...plan.mails);
    sweep(plan);
    return plan;
  };

  /** Hard-deletes a person: a tombstone with the last deletion stays. */
  const purge = (id: DirectoryUserId): void => {
    const known = users.get(id);
    if (known === undefined || isAlive(known.record.life)) throw new Error(`${id} is not deleted`);
    const deletions = known.record.life.deletions.slice(-1);
    users.set(id, {
      ...known,
      record: { ...unseenRecord, life: { alive: null, deletions } },
      home: 'tombstone',
      purged: true,
    });
    for (const [key, { user }] of memberships) if (user === id) memberships.delete(key);
  };

  /** Everything that must not depend on the order of what was told. */
  const outcome = () => ({
    users: sorted(users, ({ record: { life, dated, listed }, home, purged }) => ({
      life,
      dated,
      listed,
      access: accessOf({ life, dated, listed, readAfter: null }),
      home,
      purged,
    })),
    groups: sorted(groups, ({ record: { life, dated, listed } }) => ({ life, dated, listed })),
    memberships: sorted(memberships, ({ membership, live }) => ({ ...membership, live })),
    directory: held.directory.record,
  });

  return {
    users,
    groups,
    memberships,
    audit,
    mails,
    apply,
    purge,
    outcome,
    directory: (): DirectoryRecord => held.directory,
    setPolicy: (change: Partial<Policy>): void => {
      held.policy = { ...held.policy, ...change };
    },
    setDirectory: (change: Partial<DirectoryRecord>): void => {
      held.directory = { ...held.directory, ...change };
    },
  };
};

export type DirectoryInMemory = ReturnType<typeof createDirectoryInMemory>;

const sorted = <Key extends string, Value, Kept>(
  map: ReadonlyMap<Key, Value>,
  keep: (value: Value) => Kept,
): Readonly<Record<string, Kept>> =>
  Object.fromEntries(
    [...map].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, keep(value)]),
  );
