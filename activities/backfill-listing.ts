import type { Context } from '@temporalio/activity';
import { directoryId as directory, type DirectoryId } from '../src/domain/ids.ts';
import type { Observation } from '../src/domain/observation.ts';
import { listedGroup, listedUser, type Listing } from '../src/workos/read-listed.ts';
import type { Wire } from '../src/workos/wire.ts';
import { askListing } from './ask-listing.ts';
import { BEAT_MS, whileBeating } from './beating.ts';
import type { Dependencies } from './dependencies.ts';
import { joinRows, type ListedRow, type ListingInput } from './join-rows.ts';
import { requireListable } from './require-listable.ts';

/** Where a listing stands; heartbeated after each page is stored, and resumed from. */
export interface ListingPosition {
  readonly count: number;
  readonly after: string | null;
}

const START: ListingPosition = { count: 0, after: null };

/** What a listing needs of its activity: where it stopped before, and a way to say how far it is. */
export interface ListingContext<Position> {
  readonly resumeAt: Position | undefined;
  readonly heartbeat: (position: Position) => void;
}

/** The listing context of the running activity. */
export const listingContext = <Position>(context: Context): ListingContext<Position> => ({
  resumeAt: context.info.heartbeatDetails as Position | undefined,
  heartbeat: (position) => context.heartbeat(position),
});

/**
 * Runs `work`, which says what it has reached, and repeats the last of it every two seconds: a page
 * may wait for its turn to be written for longer than a heartbeat's limit.
 */
export const whileListing = <Position, Result>(
  { heartbeat, from }: Pick<ListingContext<Position>, 'heartbeat'> & { readonly from: Position },
  work: (reached: (position: Position) => void) => Promise<Result>,
): Promise<Result> => {
  let last = from;
  return whileBeating({ beat: () => heartbeat(last), everyMs: BEAT_MS }, () =>
    work((position) => {
      last = position;
      heartbeat(position);
    }),
  );
};

/**
 * Lists a directory's people, page by page in ascending order, and joins each page. Answers how
 * many rows there were once the last page is stored; a repeat resumes at the page after the last
 * heartbeat, and a page read twice changes nothing.
 */
export const createListUsers = (
  deps: Dependencies,
  context: () => ListingContext<ListingPosition>,
) =>
  pagewise(deps, context, {
    page: (id, after) => deps.pace.users(id, () => deps.listings.users({ directory: id, after })),
    read: (row, listing) => keep(listedUser(row, listing)),
  });

/** Lists a directory's groups in the same way. */
export const createListGroups = (
  deps: Dependencies,
  context: () => ListingContext<ListingPosition>,
) =>
  pagewise(deps, context, {
    page: (id, after) => deps.pace.groups(id, () => deps.listings.groups({ directory: id, after })),
    read: (row, listing) => keep(listedGroup(row, listing)),
  });

const keep = (seen: Observation | null): ListedRow => (seen === null ? [] : [seen]);

interface Kind {
  readonly page: (
    id: DirectoryId,
    after: string | null,
  ) => ReturnType<Dependencies['listings']['users']>;
  readonly read: (row: Wire, listing: Listing) => ListedRow;
}

const pagewise =
  (deps: Dependencies, context: () => ListingContext<ListingPosition>, kind: Kind) =>
  async (input: ListingInput): Promise<{ readonly count: number }> => {
    const { heartbeat, resumeAt = START } = context();
    const id = directory(input.directoryId);
    return whileListing({ heartbeat, from: resumeAt }, async (reached) => {
      let position = resumeAt;
      let last = false;
      while (!last) {
        await requireListable(deps, id);
        const page = await askListing(deps.listings, id, () => kind.page(id, position.after));
        await joinRows(
          deps,
          input,
          page.data.map((row) => kind.read(row, { directoryId: id, fence: input.fence })),
        );
        position = { count: position.count + page.data.length, after: page.after };
        last = page.after === null;
        // A repeat must not take the end for the start and count everybody twice.
        if (!last) reached(position);
      }
      return { count: position.count };
    });
  };
