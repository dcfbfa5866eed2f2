import { directoryId as directory, directoryUserId, groupId } from '../src/domain/ids.ts';
import { fenceOf } from '../src/domain/fence.ts';
import type { Observation } from '../src/domain/observation.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import { postponeRead } from '../src/store/owed-reads.ts';
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

    for (const user of users) {
      const person = directoryUserId(user.directoryUserId);
      await postponeRead(database, {
        of: 'users',
        id: user._id,
        attempts: user.sync.readAttempts,
        now: now(),
      });
      await read(deps, id, {
        page: (after) => nextGroups(() => listings.groups({ user: person, after })),
        rows: (row, listing) => listedGroupOf(row, person, listing),
        whole: { users: [person], groups: [] },
      });
    }
    for (const group of groups) {
      const of = groupId(group._id);
      await postponeRead(database, {
        of: 'groups',
        id: group._id,
        attempts: group.sync.readAttempts,
        now: now(),
      });
      await read(deps, id, {
        page: (after) => nextUsers(() => listings.users({ group: of, after })),
        rows: (row, listing) => listedMember(row, of, listing),
        whole: { users: [], groups: [of] },
      });
    }
    return { reads: users.length + groups.length };
  };

type Whole = {
  readonly users: readonly ReturnType<typeof directoryUserId>[];
  readonly groups: readonly ReturnType<typeof groupId>[];
};

const read = async (
  deps: Dependencies,
  id: ReturnType<typeof directory>,
  of: {
    readonly page: (after: string | null) => Promise<Page>;
    readonly rows: (row: Wire, listing: Listing) => readonly Observation[];
    readonly whole: Whole;
  },
): Promise<void> => {
  const rows: Wire[] = [];
  let first: Page | null = null;
  let after: string | null = null;
  try {
    do {
      const page: Page = await of.page(after);
      first ??= page;
      rows.push(...page.data);
      after = page.after;
    } while (after !== null);
  } catch (error) {
    // WorkOS no longer knows the record, and its deletion is on its way; or it refuses this one
    // read, which must not keep others from theirs. The debt stands until its next try.
    if (error instanceof WorkosError && GIVEN_UP.has(error.failure.kind)) return;
    throw error;
  }
  const fence = fenceOf({ date: first.date, now: deps.now().getTime() });
  const outcome = await applyBatch(deps.database, {
    directoryId: id,
    told: [
      {
        cause: { event: null, key: `read:${fence}` },
        observations: rows.flatMap((row) => of.rows(row, { directoryId: id, fence })),
      },
    ],
    reads: { fence, ...of.whole },
    // A directory's listing may be concluded at this moment; the read must see its fence or wait.
    lock: true,
    now: deps.now(),
  });
  if (outcome.mails > 0) deps.wake.outbox();
};
