import {
  directoryId as directory,
  directoryUserId,
  groupId,
  type DirectoryId,
} from '../src/domain/ids.ts';
import { membershipsBy, type MembershipsBy } from '../src/domain/memberships-by.ts';
import { reportMembershipsBy } from '../src/store/backfills.ts';
import { WorkosError } from '../src/workos/failure.ts';
import { whileListing, type ListingContext } from './backfill-listing.ts';
import { askListing } from './ask-listing.ts';
import type { Dependencies } from './dependencies.ts';
import { joinRows, type ListingInput } from './join-rows.ts';
import { GROUPS_PAGE_MS, USERS_PAGE_MS } from './page-pace.ts';
import { createReadings } from './read-whole.ts';
import { requireListable } from './require-listable.ts';

/** Where a listing of memberships stands; heartbeated after each page is stored, and resumed from. */
export interface MembershipPosition {
  /** Which way it goes: a place is one on this way only, so it stays from attempt to attempt. */
  readonly by: MembershipsBy;
  readonly count: number;
  /** The last group, or person, whose memberships were read whole. */
  readonly whole: string | null;
  /** The group, or person, whose cursor `after` is. */
  readonly within: string | null;
  readonly after: string | null;
}

const START = { count: 0, whole: null, within: null, after: null } as const;

/**
 * Lists a directory's memberships and joins them, the cheaper of two ways: the people of each group,
 * or the groups of each person. What it does not show stands until the listing as a whole is judged.
 * Resumes on the same way, at the page after the last heartbeat.
 */
export const createListMemberships =
  (
    deps: Dependencies,
    context: () => ListingContext<MembershipPosition>,
    decide: typeof membershipsBy = membershipsBy,
  ) =>
  async (input: ListingInput): Promise<{ readonly count: number }> => {
    const { heartbeat, resumeAt } = context();
    const id = directory(input.directoryId);
    const from = placeOf(resumeAt) ?? { by: await decided(deps, input, decide), ...START };
    heartbeat(from);
    const { peopleOf, groupsOf } = createReadings(deps, id);
    return whileListing({ heartbeat, from }, async (reached) => {
      let position = from;
      for (const record of await recordsOf(deps, { directoryId: id, by: from.by })) {
        if (position.whole !== null && record <= position.whole) continue;
        // Records come and go between attempts: another's cursor would skip memberships of this one.
        const cursor = position.within === record ? position.after : null;
        position = { ...position, after: cursor, within: record };
        const read =
          from.by === 'group' ? peopleOf(groupId(record)) : groupsOf(directoryUserId(record));
        let last = false;
        while (!last) {
          await requireListable(deps, id);
          const page = await unlessGone(
            askListing(deps.listings, id, () => read.page(position.after)),
          );
          // It was deleted meanwhile: its event is on its way, and others go on.
          if (page === null) break;
          last = page.after === null;
          await joinRows(
            deps,
            input,
            page.data.map((row) => read.rows(row, { directoryId: id, fence: input.fence })),
          );
          position = {
            ...position,
            count: position.count + page.data.length,
            after: page.after,
            whole: last ? record : position.whole,
          };
          reached(position);
        }
      }
      return { count: position.count };
    });
  };

/** Null also for the place of a worker of an earlier release, which knew one way: it begins anew. */
const placeOf = (resumeAt: MembershipPosition | undefined): MembershipPosition | null =>
  resumeAt?.by === undefined ? null : resumeAt;

const decided = async (
  { database, log }: Dependencies,
  { directoryId, generation }: ListingInput,
  decide: typeof membershipsBy,
): Promise<MembershipsBy> => {
  const alive = { directoryId, deletedAt: null };
  const [people, groups, memberships] = await Promise.all([
    database.users.countDocuments(alive),
    database.groups.countDocuments(alive),
    database.groupMembers.countDocuments({ directoryId, removedAt: null }),
  ]);
  const known = { people, groups, memberships };
  const by = decide(known, { byGroup: USERS_PAGE_MS, byUser: GROUPS_PAGE_MS });
  log.info({ directoryId, by, ...known }, 'memberships are listed');
  await reportMembershipsBy(database, { directoryId, generation, by });
  return by;
};

/** What to list memberships of, in the order of ids. */
const recordsOf = async (
  { database }: Dependencies,
  { directoryId, by }: { readonly directoryId: DirectoryId; readonly by: MembershipsBy },
): Promise<readonly string[]> => {
  const alive = { directoryId, deletedAt: null };
  switch (by) {
    case 'group': {
      const groups = database.groups.find(alive, GROUP_ID);
      return (await groups.map(({ _id }) => _id).toArray()).toSorted();
    }
    case 'user': {
      const people = database.users.find(alive, USER_ID);
      return (await people.map(({ directoryUserId: own }) => own).toArray()).toSorted();
    }
  }
};

const GROUP_ID = { projection: { _id: 1 } } as const;
const USER_ID = { projection: { directoryUserId: 1 } } as const;

/** What `reading` answers, or null when WorkOS does not know what it asks for. */
const unlessGone = async <Result>(reading: Promise<Result>): Promise<Result | null> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof WorkosError && error.failure.kind === 'not-found') return null;
    throw error;
  }
};
