import { directoryId as directory, type DirectoryUserId, type GroupId } from '../src/domain/ids.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { CompleteReads } from '../src/domain/plan-batch.ts';
import type { Told } from '../src/domain/told.ts';
import type { Version } from '../src/domain/version.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import { backfillReportId } from '../src/store/backfills.ts';
import {
  areKnown,
  hasUnmarked,
  markSeen,
  reportRefused,
  reportUnmarked,
  type SeenRecords,
} from '../src/store/refused-rows.ts';
import { applySplit } from './apply-split.ts';
import type { Dependencies } from './dependencies.ts';
import { isPermanentWriteFailure } from './failures.ts';

/** The backfill that lists, and the moment at which its rows are true. */
export interface ListingInput {
  readonly directoryId: string;
  readonly generation: number;
  readonly fence: Version;
}

/** What one listed row tells; nothing where it has no usable id. */
export type ListedRow = readonly Observation[];

/** The code of a row without a usable id, in the report. */
const NAMELESS = 'row-without-id';

/**
 * Joins listed rows, and with the last of them the complete reads that they end, in one transaction.
 * A row that MongoDB refuses for good is left out alone and reported: whom it shows stays as they
 * are known, and counts as seen. Where even that is refused, or a row does not say whom it shows,
 * nobody's absence will be concluded. A repeat changes nothing.
 */
export const joinRows = async (
  deps: Dependencies,
  input: ListingInput,
  rows: readonly ListedRow[],
  reads: readonly CompleteReads[],
): Promise<void> => {
  const cause = { event: null, key: backfillReportId(input.directoryId, input.generation) };
  const told = rows.flatMap((observations) =>
    observations.length === 0 ? [] : [{ cause, observations }],
  );
  if (told.length < rows.length) await leaveOutNameless(deps, input);
  if (told.length === 0 && reads.length === 0) return;
  // Whoever an earlier page could not mark as seen may be in what these reads would end.
  const ending = reads.length > 0 && (await hasUnmarked(deps.database, input)) ? [] : reads;
  const apply = (some: readonly Told[], ended: readonly CompleteReads[]): Promise<void> =>
    applyListed(deps, input, some, ended);
  const marked = await applySplit(told, {
    together: async (some) => {
      await apply(some, some === told ? ending : []);
      return { whole: some === told, seen: true };
    },
    alone: async (row, code) => ({ whole: false, seen: await leaveOut(deps, input, row, code) }),
  });
  // What a read did not show is over once all of its rows are joined, and not before.
  const whole = marked.some((one) => one.whole);
  if (!whole && ending.length > 0 && marked.every(({ seen }) => seen)) await apply([], ending);
};

const applyListed = async (
  { database, now, wake }: Dependencies,
  { directoryId, generation }: ListingInput,
  told: readonly Told[],
  reads: readonly CompleteReads[],
): Promise<void> => {
  const outcome = await applyBatch(database, {
    directoryId: directory(directoryId),
    told,
    reads,
    report: backfillReportId(directoryId, generation),
    now,
  });
  if (outcome.mails > 0) wake.outbox();
  if (outcome.endingLeft) wake.directory(directoryId);
};

const leaveOutNameless = async (
  { database, log }: Dependencies,
  input: ListingInput,
): Promise<void> => {
  log.error({ directoryId: input.directoryId, code: NAMELESS }, 'listed row left out');
  await reportRefused(database, input, { id: '', code: NAMELESS });
  await reportUnmarked(database, input);
};

/** Leaves a row out, and answers whether those whom it shows could be marked as seen. */
const leaveOut = async (
  deps: Dependencies,
  input: ListingInput,
  { cause, observations }: Told,
  code: string,
): Promise<boolean> => {
  const { database, log } = deps;
  const { directoryId, fence } = input;
  const [id = ''] = observations.map((seen) => (seen.of === 'membership' ? seen.user : seen.id));
  log.error({ directoryId, id, code }, 'listed row left out');
  await reportRefused(database, input, { id, code });
  try {
    await markSeen(database, shown(directoryId, observations), fence);
    const memberships = observations.filter((seen) => seen.of === 'membership');
    // A membership of somebody who has no account here would wait for whoever gets that id.
    const known = await areKnown(database, named(directoryId, observations));
    if (known && memberships.length > 0)
      await applyListed(deps, input, [{ cause, observations: memberships }], []);
    return true;
  } catch (error) {
    if (!isPermanentWriteFailure(error)) throw error;
    await reportUnmarked(database, input);
    return false;
  }
};

/** The people and groups that observations show alive. */
const shown = (directoryId: string, observations: readonly Observation[]): SeenRecords =>
  records(
    directoryId,
    observations.flatMap((seen) => (seen.of === 'user' ? [seen.id] : [])),
    observations.flatMap((seen) => (seen.of === 'group' ? [seen.id] : [])),
  );

/** Those, and the people and groups of the memberships among them. */
const named = (directoryId: string, observations: readonly Observation[]): SeenRecords =>
  records(
    directoryId,
    observations.flatMap((seen) =>
      seen.of === 'user' ? [seen.id] : seen.of === 'membership' ? [seen.user] : [],
    ),
    observations.flatMap((seen) =>
      seen.of === 'group' ? [seen.id] : seen.of === 'membership' ? [seen.group] : [],
    ),
  );

const records = (
  directoryId: string,
  users: readonly DirectoryUserId[],
  groups: readonly GroupId[],
): SeenRecords => ({
  directoryId: directory(directoryId),
  users: [...new Set(users)],
  groups: [...new Set(groups)],
});
