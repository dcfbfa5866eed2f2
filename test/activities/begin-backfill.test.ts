import { expect, test } from '@jest/globals';
import { createBackfillSteps } from '../../activities/backfill-steps.ts';
import { backfillReportId } from '../../src/store/backfills.ts';
import type { BackfillProgress } from '../../workflows/contract.ts';
import { at, DIRECTORY, person, syncedDirectory } from './synced-directory.ts';

const progress: BackfillProgress = {
  phase: 'done',
  users: 1,
  groups: 0,
  memberships: 0,
  absent: 0,
};

/** A directory first met by somebody's event, with a backfill that others may begin as callers. */
const met = async (name: string) => {
  const synced = await syncedDirectory(name);
  await synced.accept('dsync.user.created', 1, person('user_1'));
  await synced.drain();
  synced.listings.directory = () =>
    Promise.resolve({ data: { id: DIRECTORY, state: 'linked' }, date: synced.clock.now.getTime() });
  const begin = (caller: string, requestIds: readonly string[] = []) =>
    createBackfillSteps(synced.deps, () => caller).beginBackfill({
      directoryId: DIRECTORY,
      requestIds,
    });
  const frame = createBackfillSteps(synced.deps, () => 'run/1');
  const owes = async () =>
    (await synced.database.directories.findOne({ _id: DIRECTORY }))?.sync.owesBackfill;
  const { database, [Symbol.asyncDispose]: dispose, ...rest } = synced;
  return { ...rest, database, begin, frame, owes, [Symbol.asyncDispose]: dispose };
};

const reports = async ({ database }: Awaited<ReturnType<typeof met>>) =>
  (await database.reports.find({ kind: 'backfill' }).sort({ _id: 1 }).toArray()).map((report) => ({
    id: report._id,
    outcome: report.outcome,
    reason: report.reason,
    requestIds: report.requestIds,
  }));

test('a backfill that is begun again by the same activity is the same one', async () => {
  await using directory = await met('begin-repeat');
  expect(await directory.begin('run/1', ['request_1'])).toBe(1);
  expect(await directory.begin('run/1', ['request_1'])).toBe(1);
  expect(await reports(directory)).toEqual([
    {
      id: backfillReportId(DIRECTORY, 1),
      outcome: 'running',
      reason: null,
      requestIds: ['request_1'],
    },
  ]);
});

test('a backfill that never ended hands its requests to the one that is begun after it', async () => {
  await using directory = await met('begin-orphan');
  await directory.begin('run/1', ['request_1']);
  expect(await directory.begin('run/2', ['request_2'])).toBe(2);
  expect(await reports(directory)).toEqual([
    {
      id: backfillReportId(DIRECTORY, 1),
      outcome: 'failed',
      reason: 'backfill-superseded',
      requestIds: [],
    },
    {
      id: backfillReportId(DIRECTORY, 2),
      outcome: 'running',
      reason: null,
      requestIds: ['request_1', 'request_2'],
    },
  ]);
});

test.each([
  ['before the backfill has read the directory', 999, 'begun'],
  ['while it reads it, dated in the second in which it began', 1000.9, 'opened'],
  ['after it has read it whole', 1000.5, 'ended'],
] as const)('an activation that comes %s owes no second one', async (_when, second, moment) => {
  await using directory = await met(`late-activation-${moment}`);
  const of = { directoryId: DIRECTORY, generation: await directory.begin('run/1') };
  const activate = async () => {
    await directory.accept('dsync.activated', second, { id: DIRECTORY, state: 'active' });
    await directory.drain();
  };

  if (moment === 'begun') await activate();
  const { fence } = await directory.frame.openBackfill(of);
  if (moment === 'opened') await activate();
  await directory.frame.endBackfill({ ...of, outcome: 'done', reason: null, fence, progress });
  if (moment === 'ended') await activate();

  expect(await directory.owes()).toBe(false);
  expect(await directory.database.directories.findOne({})).toMatchObject({ syncStatus: 'active' });
});

test('an activation after the backfill began, or behind one that failed, owes another', async () => {
  await using directory = await met('owing-activation');
  const of = { directoryId: DIRECTORY, generation: await directory.begin('run/1') };
  const { fence } = await directory.frame.openBackfill(of);
  await directory.accept('dsync.activated', 1001, { id: DIRECTORY, state: 'active' });
  await directory.drain();
  await directory.frame.endBackfill({ ...of, outcome: 'done', reason: null, fence, progress });
  expect(await directory.owes()).toBe(true);

  directory.clock.now = at(2000);
  const next = { directoryId: DIRECTORY, generation: await directory.begin('run/2') };
  await directory.frame.openBackfill(next);
  await directory.frame.endBackfill({
    ...next,
    outcome: 'failed',
    reason: 'workos-unauthorized',
    fence: null,
    progress,
  });
  await directory.accept('dsync.activated', 1999, { id: DIRECTORY, state: 'active' });
  await directory.drain();
  expect(await directory.owes()).toBe(true);
});

test('an activation after a deletion owes a backfill, however soon both came after one began', async () => {
  await using directory = await met('reactivated');
  const of = { directoryId: DIRECTORY, generation: await directory.begin('run/1') };
  await directory.frame.openBackfill(of);
  await directory.accept('dsync.deleted', 1000.4, { id: DIRECTORY });
  await directory.drain();
  await directory.accept('dsync.activated', 1000.8, { id: DIRECTORY, state: 'active' });
  await directory.drain();
  expect(await directory.owes()).toBe(true);
});
