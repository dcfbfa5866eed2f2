import { ApplicationFailure } from '@temporalio/activity';
import { directoryId as directory, directoryUserId, groupId } from '../src/domain/ids.ts';
import { fenceOf } from '../src/domain/fence.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { Version } from '../src/domain/version.ts';
import { endRefresh, noteRefresh, openRefresh, refreshKey } from '../src/store/refresh-reports.ts';
import { WorkosError } from '../src/workos/failure.ts';
import type { Found } from '../src/workos/list-pages.ts';
import { listedGroup, listedUser, type Listing } from '../src/workos/read-listed.ts';
import type { RefreshRequest } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { failureCode, isPermanentWriteFailure, PAUSED } from './failures.ts';
import { createReadings, joinPages, pageOf, readRest } from './read-whole.ts';
import { requireListable } from './require-listable.ts';

/** One refresh must not keep the directory's others waiting for ever. */
const LAST_ATTEMPT = 10;

export interface RefreshInput extends RefreshRequest {
  readonly directoryId: string;
}

/**
 * Reads one person with all their groups, or one group with all its people, from the API and joins
 * them; what such a complete read does not show is concluded absent. A person or group that WorkOS
 * does not know is reported and changes nothing: only a listing of the whole directory concludes that
 * somebody left. The outcome stands in the report; a repeat reads again, or finds the report ended.
 */
export const createRefresh =
  (deps: Dependencies, attempt: () => number) =>
  async (input: RefreshInput): Promise<void> => {
    const { database, now } = deps;
    const report = await openRefresh(database, { ...input, now: now() });
    if (report.outcome !== 'running') return;
    try {
      await requireListable(deps, directory(input.directoryId));
      const read = await readAgain(deps, input);
      const end = { outcome: 'done', reason: null, ...read, now: now() } as const;
      await endRefresh(database, report, end);
    } catch (error) {
      const { code, permanent } = refusal(error);
      if (!permanent && (attempt() < LAST_ATTEMPT || code === PAUSED)) {
        await noteRefresh(database, report, code);
        throw error;
      }
      const end = { outcome: 'failed', reason: code, listed: 0, fence: null, now: now() } as const;
      await endRefresh(database, report, end);
    }
  };

const readAgain = async (
  deps: Dependencies,
  input: RefreshInput,
): Promise<{ readonly listed: number; readonly fence: Version }> => {
  const { listings } = deps;
  const readings = createReadings(deps, input.directoryId);
  const found = await (input.of === 'user' ? listings.user(input.id) : listings.group(input.id));
  const fence = fenceOf({ date: found.date, now: deps.now().getTime() });
  const cause = { event: null, key: refreshKey(input) };
  const { directoryId } = input;
  const own = {
    directoryId,
    fence,
    told: { cause, observations: [observed(input, found, fence)] },
    rows: 1,
    readable: true,
    reads: null,
    after: null,
  };
  const read =
    input.of === 'user'
      ? readings.groupsOf(directoryUserId(input.id))
      : readings.peopleOf(groupId(input.id));
  const first = await read.page(null);
  await joinPages(deps, [own]);
  const listed = await readRest(
    deps,
    { ...read, cause },
    pageOf(deps, { ...read, cause }, first, own),
  );
  return { listed, fence };
};

/** What the found record tells; throws when it is not the one that was asked for. */
const observed = (input: RefreshInput, { data }: Found, fence: Version): Observation => {
  const listing: Listing = { directoryId: directory(input.directoryId), fence };
  const seen = input.of === 'user' ? listedUser(data, listing) : listedGroup(data, listing);
  if (seen === null || seen.id !== input.id) throw odd('answer-of-another');
  if (data['directory_id'] !== input.directoryId) throw odd('other-directory');
  return seen;
};

const odd = (code: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable('WorkOS answered with another record.', code);

const refusal = (error: unknown): { readonly code: string; readonly permanent: boolean } => {
  if (error instanceof ApplicationFailure)
    return { code: error.type ?? 'unexpected-failure', permanent: error.nonRetryable === true };
  if (error instanceof WorkosError) {
    const { kind } = error.failure;
    return { code: error.code, permanent: kind !== 'rate-limited' && kind !== 'unavailable' };
  }
  const permanent = isPermanentWriteFailure(error);
  return {
    code: permanent ? `write-failed: ${failureCode(error)}` : failureCode(error),
    permanent,
  };
};
