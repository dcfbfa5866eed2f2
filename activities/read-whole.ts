import { directoryId as directory, type DirectoryUserId, type GroupId } from '../src/domain/ids.ts';
import { fenceOf } from '../src/domain/fence.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { CompleteReads } from '../src/domain/plan-batch.ts';
import type { Cause, Told } from '../src/domain/told.ts';
import type { Version } from '../src/domain/version.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import type { Page } from '../src/workos/list-pages.ts';
import { listedGroupOf, listedMember, type Listing } from '../src/workos/read-listed.ts';
import type { Wire } from '../src/workos/wire.ts';
import type { Dependencies } from './dependencies.ts';

/** A complete read of one person's groups or of one group's people. */
export interface WholeRead {
  readonly directoryId: string;
  readonly page: (after: string | null) => Promise<Page>;
  readonly rows: (row: Wire, listing: Listing) => readonly Observation[];
  readonly whole: Omit<CompleteReads, 'fence'>;
  /** Why it is read, for the audit log; by default its fence says it. */
  readonly cause?: Cause;
}

/** One page of a complete read, to be joined. */
export interface ReadPage {
  readonly directoryId: string;
  readonly fence: Version;
  readonly told: Told;
  readonly rows: number;
  /** Whether each of its rows says whom it shows. */
  readonly readable: boolean;
  /** What the whole read may conclude; only its last page may, and only if all of it could be read. */
  readonly reads: CompleteReads | null;
  readonly after: string | null;
}

/** Reads of one directory, no faster than WorkOS allows. */
export const createReadings = (
  { listings, pace }: Pick<Dependencies, 'listings' | 'pace'>,
  directoryId: string,
) => {
  return {
    groupsOf: (person: DirectoryUserId): WholeRead => ({
      directoryId,
      page: (after) => pace.groups(directoryId, () => listings.groups({ user: person, after })),
      rows: (row, listing) => listedGroupOf(row, person, listing),
      whole: { users: [person], groups: [] },
    }),
    peopleOf: (group: GroupId): WholeRead => ({
      directoryId,
      page: (after) => pace.users(directoryId, () => listings.users({ group, after })),
      rows: (row, listing) => listedMember(row, group, listing),
      whole: { users: [], groups: [group] },
    }),
  };
};

/**
 * A page as what it tells, and the page `before` it. The first page sets the fence of all the others,
 * and a row that does not say whom it shows keeps all of them from concluding anything.
 */
export const pageOf = (
  { now }: Pick<Dependencies, 'now'>,
  { directoryId, rows, whole, cause }: WholeRead,
  page: Page,
  before: Pick<ReadPage, 'fence' | 'readable'> | null = null,
): ReadPage => {
  const fence = before?.fence ?? fenceOf({ date: page.date, now: now().getTime() });
  const listing = { directoryId: directory(directoryId), fence };
  const seen = page.data.map((row) => rows(row, listing));
  const readable = (before?.readable ?? true) && seen.every((row) => row.length > 0);
  return {
    directoryId,
    fence,
    told: {
      cause: cause ?? { event: null, key: `read:${fence}` },
      observations: seen.flat(),
    },
    rows: page.data.length,
    readable,
    reads: page.after === null && readable ? { fence, ...whole } : null,
    after: page.after,
  };
};

/** Joins pages of one directory in one transaction. */
export const joinPages = async (deps: Dependencies, pages: readonly ReadPage[]): Promise<void> => {
  const [first] = pages;
  if (first === undefined) return;
  const outcome = await applyBatch(deps.database, {
    directoryId: directory(first.directoryId),
    told: pages.map(({ told }) => told),
    reads: pages.flatMap(({ reads }) => reads ?? []),
    // A directory's listing may be concluded at this moment; the reads must see its fence or wait.
    lock: true,
    now: deps.now(),
  });
  if (outcome.mails > 0) deps.wake.outbox();
  if (outcome.endingLeft) deps.wake.directory(first.directoryId);
};

/**
 * Joins the first page of a read and then page after page; only the last one concludes what the read
 * did not show, so a page that fails concludes nothing. Answers how many rows there were. Throws WorkosError. A repeat
 * changes nothing.
 */
export const readRest = async (
  deps: Dependencies,
  read: WholeRead,
  first: ReadPage,
): Promise<number> => {
  let page = first;
  await joinPages(deps, [page]);
  let rows = page.rows;
  while (page.after !== null) {
    page = pageOf(deps, read, await read.page(page.after), page);
    await joinPages(deps, [page]);
    rows += page.rows;
  }
  return rows;
};
