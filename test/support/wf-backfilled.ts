import { randomUUID } from 'node:crypto';
import { createActivities } from '../../activities/index.ts';
import { backfillReportId, beginBackfill } from '../../src/store/backfills.ts';
import { directoryId } from '../../src/domain/ids.ts';
import type { Listings } from '../../src/workos/list-pages.ts';
import { backfillId, WORKFLOW, type BackfillProgress } from '../../workflows/contract.ts';
import { at, DIRECTORY, page, syncedDirectory } from '../activities/synced-directory.ts';
import { temporalConnection, uniqueTaskQueue } from './servers.ts';
import { workerWith } from './wf-history-worker.ts';

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

/** A directory as WorkOS's API shows it. */
export interface Shown {
  readonly users: readonly Row[];
  readonly groups: readonly Row[];
  /** Ids of people by the id of their group. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  /** The directory's own counts, where it gives them. */
  readonly metadata?: object;
  /** The second of the test's time at which it is shown; 900 where none is given. */
  readonly second?: number;
}

type ShownListings = Pick<Listings, 'directory' | 'users' | 'groups'>;

/** Listings that show a directory, on one page each. */
const listingsOf = (shown: Shown): ShownListings => {
  const date = at(shown.second ?? 900).getTime();
  const answer = (rows: readonly Row[]) => Promise.resolve({ ...page(rows), date });
  return {
    directory: () => Promise.resolve({ data: { id: DIRECTORY, metadata: shown.metadata }, date }),
    users: ({ group }) =>
      answer(
        group === undefined
          ? shown.users
          : shown.users.filter(({ id }) => shown.members[group]?.includes(id)),
      ),
    groups: ({ user }) =>
      answer(
        user === undefined
          ? shown.groups
          : shown.groups.filter(({ id }) => shown.members[id]?.includes(user)),
      ),
  };
};

/** A synced directory that the real backfill reads whole, with real activities and a real worker. */
export const backfilledDirectory = async (name: string) => {
  await using stack = new AsyncDisposableStack();
  const synced = stack.use(await syncedDirectory(name));
  const { nativeConnection, client } = stack.use(await temporalConnection());
  const taskQueue = uniqueTaskQueue(name);
  const { now } = synced.deps;
  const activities = createActivities(synced.deps, {
    outbox: {} as never,
    deliver: () => Promise.reject(new Error('Nobody should deliver.')),
    leaseMs: 1,
    now,
  });
  const owned = stack.move();
  return {
    ...synced,
    /** Reads the directory whole, as `shown` and then `changed`, and answers the report. */
    resync: async (
      shown: Shown,
      changed: (listings: ShownListings) => ShownListings = (listings) => listings,
    ) => {
      Object.assign(synced.listings, changed(listingsOf(shown)));
      const generation = await beginBackfill(synced.database, {
        directoryId: directoryId(DIRECTORY),
        requestIds: [],
        by: randomUUID(),
        now: now(),
      });
      const worker = await workerWith({ connection: nativeConnection, taskQueue, activities });
      await worker.runUntil(
        client.workflow.execute<(input: object) => Promise<BackfillProgress>>(WORKFLOW.backfill, {
          taskQueue,
          workflowId: `${backfillId(DIRECTORY, generation)}/${taskQueue}`,
          args: [{ directoryId: DIRECTORY, generation }],
        }),
      );
      return synced.database.reports.findOne({ _id: backfillReportId(DIRECTORY, generation) });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
