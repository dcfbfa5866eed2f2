import type { Context } from '@temporalio/activity';
import { directoryId as directory, groupId, type DirectoryId } from '../src/domain/ids.ts';
import type { Observation } from '../src/domain/observation.ts';
import { WorkosError } from '../src/workos/failure.ts';
import { listedGroup, listedMember, listedUser, type Listing } from '../src/workos/read-listed.ts';
import type { Wire } from '../src/workos/wire.ts';
import type { Dependencies } from './dependencies.ts';
import { joinRows, type ListedRow, type ListingInput } from './join-rows.ts';
import { GROUPS_PAGE_MS, paced, USERS_PAGE_MS } from './page-pace.ts';
import { untilResumed } from './until-resumed.ts';

/** Where a listing stands; heartbeated after each page is stored, and resumed from. */
export interface ListingPosition {
  readonly count: number;
  readonly after: string | null;
  /** The last group whose members were read whole. */
  readonly group: string | null;
  /** The group whose members `after` is a cursor of. */
  readonly within: string | null;
}

const START: ListingPosition = { count: 0, after: null, group: null, within: null };

/** What a listing needs of its activity: where it stopped before, and a way to say how far it is. */
export interface ListingContext {
  readonly resumeAt: ListingPosition | undefined;
  readonly heartbeat: (position: ListingPosition) => void;
}

/** The listing context of the running activity. */
export const listingContext = (context: Context): ListingContext => ({
  resumeAt: context.info.heartbeatDetails as ListingPosition | undefined,
  heartbeat: (position) => context.heartbeat(position),
});

/**
 * Lists a directory's people, page by page in ascending order, and joins each page. Answers how
 * many rows there were once the last page is stored; a repeat resumes at the page after the last
 * heartbeat, and a page read twice changes nothing.
 */
export const createListUsers = (deps: Dependencies, context: () => ListingContext) =>
  pagewise(deps, context, {
    everyMs: USERS_PAGE_MS,
    page: (id, after) => deps.listings.users({ directory: id, after }),
    read: (row, listing) => keep(listedUser(row, listing)),
  });

/** Lists a directory's groups in the same way. */
export const createListGroups = (deps: Dependencies, context: () => ListingContext) =>
  pagewise(deps, context, {
    everyMs: GROUPS_PAGE_MS,
    page: (id, after) => deps.listings.groups({ directory: id, after }),
    read: (row, listing) => keep(listedGroup(row, listing)),
  });

const keep = (seen: Observation | null): ListedRow => (seen === null ? [] : [seen]);

interface Kind {
  readonly everyMs: number;
  readonly page: (
    id: DirectoryId,
    after: string | null,
  ) => ReturnType<Dependencies['listings']['users']>;
  readonly read: (row: Wire, listing: Listing) => ListedRow;
}

const pagewise =
  (deps: Dependencies, context: () => ListingContext, kind: Kind) =>
  async (input: ListingInput): Promise<{ readonly count: number }> => {
    const { heartbeat, resumeAt = START } = context();
    const id = directory(input.directoryId);
    const next = paced(kind.everyMs, deps);
    let position = resumeAt;
    let last = false;
    while (!last) {
      await untilResumed(deps, id, () => heartbeat(position));
      const page = await next(() => kind.page(id, position.after));
      await joinRows(
        deps,
        input,
        page.data.map((row) => kind.read(row, { directoryId: id, fence: input.fence })),
        [],
      );
      position = { ...position, count: position.count + page.data.length, after: page.after };
      last = page.after === null;
      // A repeat must not take the end for the start and count everybody twice.
      if (!last) heartbeat(position);
    }
    return { count: position.count };
  };

/**
 * Lists the members of each of the directory's groups and joins them. Where it may conclude, each
 * group's last page ends the memberships that its pages did not show. Resumes at the page after the
 * last heartbeat.
 */
export const createListMemberships =
  (deps: Dependencies, context: () => ListingContext) =>
  async (
    input: ListingInput & { readonly concludes: boolean },
  ): Promise<{ readonly count: number }> => {
    const { heartbeat, resumeAt = START } = context();
    const id = directory(input.directoryId);
    const next = paced(USERS_PAGE_MS, deps);
    const alive = await deps.database.groups
      .find({ directoryId: id, deletedAt: null }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .toArray();
    let position = resumeAt;
    for (const { _id } of alive) {
      if (position.group !== null && _id <= position.group) continue;
      // Groups come and go between attempts: another group's cursor would skip members of this one.
      const from = position.within === _id ? position.after : null;
      position = { ...position, after: from, within: _id };
      let last = false;
      while (!last) {
        await untilResumed(deps, id, () => heartbeat(position));
        const page = await unlessGone(
          next(() => deps.listings.users({ group: _id, after: position.after })),
        );
        // The group was deleted meanwhile: its event is on its way, and others go on.
        if (page === null) break;
        last = page.after === null;
        await joinRows(
          deps,
          input,
          page.data.map((row) =>
            listedMember(row, groupId(_id), { directoryId: id, fence: input.fence }),
          ),
          last && input.concludes
            ? [{ fence: input.fence, users: [], groups: [groupId(_id)] }]
            : [],
        );
        position = {
          count: position.count + page.data.length,
          after: page.after,
          group: last ? _id : position.group,
          within: _id,
        };
        heartbeat(position);
      }
    }
    return { count: position.count };
  };

/** What `reading` answers, or null when WorkOS does not know what it asks for. */
const unlessGone = async <Result>(reading: Promise<Result>): Promise<Result | null> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof WorkosError && error.failure.kind === 'not-found') return null;
    throw error;
  }
};
