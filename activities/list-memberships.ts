import {
  directoryId as directory,
  directoryUserId,
  groupId,
  type DirectoryId,
} from '../src/domain/ids.ts';
import { membershipsBy, type MembershipsBy } from '../src/domain/memberships-by.ts';
import { reportMembershipsBy } from '../src/store/backfills.ts';
import { WorkosError } from '../src/workos/failure.ts';
import type { Page } from '../src/workos/list-pages.ts';
import { listedGroupOf, listedMember, type Listing } from '../src/workos/read-listed.ts';
import type { Wire } from '../src/workos/wire.ts';
import { beating, type ListingContext } from './backfill-listing.ts';
import { askListing } from './ask-listing.ts';
import type { Dependencies } from './dependencies.ts';
import { joinRows, type ListedRow, type ListingInput } from './join-rows.ts';
import { GROUPS_PAGE_MS, USERS_PAGE_MS } from './page-pace.ts';
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
    const way = wayOf(deps, id, from.by);
    return beating({ heartbeat, from }, async (reached) => {
      let position = from;
      for (const record of await way.records(id)) {
        if (position.whole !== null && record <= position.whole) continue;
        // Records come and go between attempts: another's cursor would skip memberships of this one.
        const cursor = position.within === record ? position.after : null;
        position = { ...position, after: cursor, within: record };
        let last = false;
        while (!last) {
          await requireListable(deps, id);
          const page = await unlessGone(
            askListing(deps.listings, id, () => way.page(record, position.after)),
          );
          // It was deleted meanwhile: its event is on its way, and others go on.
          if (page === null) break;
          last = page.after === null;
          await joinRows(
            deps,
            input,
            page.data.map((row) => way.read(row, record, { directoryId: id, fence: input.fence })),
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

interface Way {
  /** What to list memberships of, in the order of ids. */
  readonly records: (id: DirectoryId) => Promise<readonly string[]>;
  readonly page: (record: string, after: string | null) => Promise<Page>;
  readonly read: (row: Wire, record: string, listing: Listing) => ListedRow;
}

const wayOf = (
  { database, listings, pace }: Dependencies,
  id: DirectoryId,
  by: MembershipsBy,
): Way => {
  switch (by) {
    case 'group':
      return {
        records: async (directoryId) => {
          const alive = database.groups.find({ directoryId, deletedAt: null }, GROUP_ID);
          return (await alive.map(({ _id }) => _id).toArray()).toSorted();
        },
        page: (record, after) => pace.users(id, () => listings.users({ group: record, after })),
        read: (row, record, listing) => listedMember(row, groupId(record), listing),
      };
    case 'user':
      return {
        records: async (directoryId) => {
          const alive = database.users.find({ directoryId, deletedAt: null }, USER_ID);
          return (await alive.map(({ directoryUserId: own }) => own).toArray()).toSorted();
        },
        page: (record, after) => pace.groups(id, () => listings.groups({ user: record, after })),
        read: (row, record, listing) => listedGroupOf(row, directoryUserId(record), listing),
      };
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
