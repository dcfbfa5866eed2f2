import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import { workflowBundle } from './servers.ts';

/** Activities of a test: those it needs, by hand. */
export type FakeActivities = { [Name in keyof Activities]?: Activities[Name] };

/** A worker of the product's workflows over activities made by hand. */
export const workerWith = (options: {
  readonly connection: NativeConnection;
  readonly taskQueue: string;
  readonly activities: FakeActivities;
  readonly more?: Partial<WorkerOptions>;
}): Promise<Worker> =>
  Worker.create({
    connection: options.connection,
    taskQueue: options.taskQueue,
    workflowBundle: workflowBundle(),
    activities: options.activities,
    ...options.more,
  });

/** Duties of a directory that owes nothing. */
export const NO_DUTIES: NonNullable<Awaited<ReturnType<Activities['applyPending']>>['duties']> = {
  syncStatus: 'active',
  organizationId: 'org_1',
  backfill: false,
  backfilling: null,
  readInMs: null,
  deprovision: false,
  endings: false,
  derivations: false,
  nextPurge: null,
};

/** Waits until the condition holds; the test's own time limit ends it otherwise. */
export const reached = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};
