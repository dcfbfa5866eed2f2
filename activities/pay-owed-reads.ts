import { directoryId as directory, directoryUserId, groupId } from '../src/domain/ids.ts';
import type { CompleteReads } from '../src/domain/plan-batch.ts';
import type { Told } from '../src/domain/told.ts';
import { fenceOf } from '../src/domain/fence.ts';
import type { Observation } from '../src/domain/observation.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import { postponeReads, type ReadDebt } from '../src/store/owed-reads.ts';
import type { Page } from '../src/workos/list-pages.ts';
import { WorkosError } from '../src/workos/failure.ts';
import { listedGroupOf, listedMember, type Listing } from '../src/workos/read-listed.ts';
import type { Wire } from '../src/workos/wire.ts';
import type { Dependencies } from './dependencies.ts';
import { GROUPS_PAGE_MS, paced, USERS_PAGE_MS } from './page-pace.ts';

const READS = 20;
const GIVEN_UP: ReadonlySet<string> = new Set(['not-found', 'bad-request']);

/**
 * Reads, for up to twenty people and twenty groups that owe it, all of their memberships from the
 * API and joins them; what such a complete read does not show is concluded absent. Answers how many
 * debts it looked at. A debt is settled only by a read that began after what caused it, so a read
 * that began too early, or failed, is tried again later; a repeat changes nothing.
 */
export const createPayOwedReads =
  (deps: Dependencies) =>
  async (input: { readonly directoryId: string }): Promise<{ readonly reads: number }> => {
    const { database, listings, now } = deps;
    const id = directory(input.directoryId);
    const owing = {
      directoryId: id,
      'sync.owesRead': true,
      $or: [{ 'sync.readAt': null }, { 'sync.readAt': { $lte: now() } }],
    };
    const only = { projection: { directoryUserId: 1, 'sync.readAttempts': 1 } };
    const users = await database.users.find(owing, only).limit(READS).toArray();
    const groups = await database.groups.find(owing, only).limit(READS).toArray();
    const nextGroups = paced(GROUPS_PAGE_MS, deps);
    const nextUsers = paced(USERS_PAGE_MS, deps);

    await payAll(
      deps,
      id,
      'users',
      users.map(({ _id, sync, directoryUserId: of }): Debt => {
        const person = directoryUserId(of);
        return {
          id: _id,
          attempts: sync.readAttempts,
          page: (after) => nextGroups(() => listings.groups({ user: person, after })),
          rows: (row, listing) => listedGroupOf(row, person, listing),
          whole: { users: [person], groups: [] },
        };
      }),
    );
    await payAll(
      deps,
      id,
      'groups',
      groups.map(({ _id, sync }): Debt => {
        const group = groupId(_id);
        return {
          id: _id,
          attempts: sync.readAttempts,
          page: (after) => nextUsers(() => listings.users({ group, after })),
          rows: (row, listing) => listedMember(row, group, listing),
          whole: { users: [], groups: [group] },
        };
      }),
    );
    return { reads: users.length + groups.length };
  };

/** A record whose memberships are owed a read, and how to read them. */
interface Debt extends ReadDebt {
  readonly page: (after: string | null) => Promise<Page>;
  readonly rows: (row: Wire, listing: Listing) => readonly Observation[];
  readonly whole: Omit<CompleteReads, 'fence'>;
}

/** What one complete read told. */
interface Paid {
  readonly told: Told;
  readonly reads: CompleteReads;
}

/** Postpones all debts, reads them one after another, and joins what was read in one transaction. */
const payAll = async (
  deps: Dependencies,
  id: ReturnType<typeof directory>,
  of: 'users' | 'groups',
  debts: readonly Debt[],
): Promise<void> => {
  if (debts.length === 0) return;
  await postponeReads(deps.database, { of, debts, now: deps.now() });
  const paid: Paid[] = [];
  let failure: unknown = null;
  for (const debt of debts) {
    try {
      const read = await readWhole(deps, id, debt);
      if (read !== null) paid.push(read);
    } catch (error) {
      // What was read so far is worth keeping; the rest has its next try.
      failure = error;
      break;
    }
  }
  if (paid.length > 0) {
    const outcome = await applyBatch(deps.database, {
      directoryId: id,
      told: paid.map(({ told }) => told),
      reads: paid.map(({ reads }) => reads),
      // A directory's listing may be concluded at this moment; the reads must see its fence or wait.
      lock: true,
      now: deps.now(),
    });
    if (outcome.mails > 0) deps.wake.outbox();
    if (outcome.endingLeft) deps.wake.directory(id);
  }
  if (failure !== null) throw failure;
};

/** Reads all pages of one debt; null when WorkOS does not answer this one. */
const readWhole = async (
  deps: Dependencies,
  id: ReturnType<typeof directory>,
  debt: Debt,
): Promise<Paid | null> => {
  const rows: Wire[] = [];
  let first: Page | null = null;
  let after: string | null = null;
  try {
    do {
      const page: Page = await debt.page(after);
      first ??= page;
      rows.push(...page.data);
      after = page.after;
    } while (after !== null);
  } catch (error) {
    // WorkOS no longer knows the record, and its deletion is on its way; or it refuses this one
    // read, which must not keep others from theirs. The debt stands until its next try.
    if (error instanceof WorkosError && GIVEN_UP.has(error.failure.kind)) return null;
    throw error;
  }
  const fence = fenceOf({ date: first.date, now: deps.now().getTime() });
  return {
    told: {
      cause: { event: null, key: `read:${fence}` },
      observations: rows.flatMap((row) => debt.rows(row, { directoryId: id, fence })),
    },
    reads: { fence, ...debt.whole },
  };
};
