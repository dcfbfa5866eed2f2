import { directoryId as directory } from '../src/domain/ids.ts';
import { dueReads, postponeReads, type ReadDebt } from '../src/store/owed-reads.ts';
import { WorkosError } from '../src/workos/failure.ts';
import { applySplit } from './apply-split.ts';
import type { Dependencies } from './dependencies.ts';
import { failureCode, isPermanentWriteFailure } from './failures.ts';
import {
  createReadings,
  joinPages,
  pageOf,
  readRest,
  type ReadPage,
  type WholeRead,
} from './read-whole.ts';

const READS = 20;
const GIVEN_UP: ReadonlySet<string> = new Set(['not-found', 'bad-request']);

/** Debts that one call looked at. */
export interface PaidReads {
  readonly reads: number;
}

/**
 * Reads, for up to twenty people and twenty groups that owe it, all of their memberships from the
 * API and joins them; what such a complete read does not show is concluded absent. A debt is
 * settled only by a read that began after what caused it, so a read that began too early, or failed,
 * is tried again later; a repeat changes nothing.
 */
export const createPayOwedReads =
  (deps: Dependencies) =>
  async (input: { readonly directoryId: string }): Promise<PaidReads> => {
    const { database, now } = deps;
    const directoryId = directory(input.directoryId);
    const { users, groups } = await dueReads(database, { directoryId, now: now(), limit: READS });
    const { groupsOf, peopleOf } = createReadings(deps, directoryId);
    await payAll(
      deps,
      'users',
      users.map(({ person, ...debt }) => ({ ...debt, read: groupsOf(person) })),
    );
    await payAll(
      deps,
      'groups',
      groups.map(({ group, ...debt }) => ({ ...debt, read: peopleOf(group) })),
    );
    return { reads: users.length + groups.length };
  };

/** A record whose memberships are owed a read, and how to read them. */
interface Debt extends ReadDebt {
  readonly read: WholeRead;
}

/**
 * Postpones all debts and reads them one after another. Those of one page are joined together, in one
 * transaction; longer ones page by page.
 */
const payAll = async (
  deps: Dependencies,
  of: 'users' | 'groups',
  debts: readonly Debt[],
): Promise<void> => {
  if (debts.length === 0) return;
  await postponeReads(deps.database, { of, debts, now: deps.now() });
  const giveUp = ({ directoryId }: { readonly directoryId: string }, code: string): void =>
    deps.log.error({ directoryId, code }, 'an owed read cannot be stored');
  const short: ReadPage[] = [];
  let failure: unknown = null;
  for (const { read } of debts) {
    try {
      const first = pageOf(deps, read, await read.page(null));
      if (first.reads !== null) short.push(first);
      else await readRest(deps, read, first);
    } catch (error) {
      // WorkOS no longer knows the record, and its deletion is on its way; or it refuses this one
      // read, which must not keep others from theirs. The debt stands until its next try.
      if (error instanceof WorkosError && GIVEN_UP.has(error.failure.kind)) continue;
      // MongoDB refuses what one read brings.
      if (isPermanentWriteFailure(error)) {
        giveUp(read, failureCode(error));
        continue;
      }
      // What was read so far is worth keeping; the rest has its next try.
      failure = error;
      break;
    }
  }
  await applySplit(short, {
    together: (pages) => joinPages(deps, pages),
    alone: (page, code) => Promise.resolve(giveUp(page, code)),
  });
  if (failure !== null) throw failure;
};
