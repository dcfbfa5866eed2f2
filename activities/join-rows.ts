import { directoryId as directory, type DirectoryUserId, type GroupId } from '../src/domain/ids.ts';
import type { Observation } from '../src/domain/observation.ts';
import type { Told } from '../src/domain/told.ts';
import type { Version } from '../src/domain/version.ts';
import { applyBatch } from '../src/store/apply-batch.ts';
import { backfillReportId } from '../src/store/backfills.ts';
import {
  areKnown,
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
 * Joins listed rows in one transaction; what they do not show stands.
 * A row that MongoDB refuses for good is left out alone and reported: whom it shows stays as they
 * are known, and counts as seen. Where even that is refused, or a row does not say whom it shows,
 * nobody's absence will be concluded. A repeat changes nothing.
 */
export const joinRows = async (
  deps: Dependencies,
  input: ListingInput,
  rows: readonly ListedRow[],
): Promise<void> => {
  const cause = { event: null, key: backfillReportId(input.directoryId, input.generation) };
  const told = rows.flatMap((observations) =>
    observations.length === 0 ? [] : [{ cause, observations }],
  );
  if (told.length < rows.length) await leaveOutNameless(deps, input);
  if (told.length === 0) return;
  await applySplit(told, {
    together: (some) => applyListed(deps, input, some),
    alone: (row, code) => leaveOut(deps, input, row, code),
  });
};

const applyListed = async (
  { database, now, wake }: Dependencies,
  { directoryId, generation }: ListingInput,
  told: readonly Told[],
): Promise<void> => {
  const outcome = await applyBatch(database, {
    directoryId: directory(directoryId),
    told,
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

/** Leaves a row out; where those whom it shows cannot even be marked as seen, the report says so. */
const leaveOut = async (
  deps: Dependencies,
  input: ListingInput,
  { cause, observations }: Told,
  code: string,
): Promise<void> => {
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
      await applyListed(deps, input, [{ cause, observations: memberships }]);
  } catch (error) {
    if (!isPermanentWriteFailure(error)) throw error;
    await reportUnmarked(database, input);
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
