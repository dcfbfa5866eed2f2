import type { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import { createWorkers } from '../../src/worker-slots.ts';
import { workflowBundle } from './servers.ts';

/** Activities of a test: those it needs, by hand. */
export type FakeActivities = { [Name in keyof Activities]?: Activities[Name] };

/** Runs the product's workflows while `work` does. */
export interface TestWorkers {
  readonly runUntil: <Result>(work: Promise<Result> | (() => Promise<Result>)) => Promise<Result>;
}

/** Workers of the product's workflows and of both queues' activities, which are made by hand. */
export const workerWith = async (options: {
  readonly connection: NativeConnection;
  readonly taskQueue: string;
  readonly activities: FakeActivities;
}): Promise<TestWorkers> => {
  const { live, background } = await createWorkers({
    ...options,
    namespace: 'default',
    workflows: { workflowBundle: workflowBundle() },
  });
  return { runUntil: (work) => live.runUntil(() => background.runUntil(work)) };
};

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

/** Waits until the condition holds; throws after 50 s, while a test that waits still has time to clean up. */
export const reached = async (holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + 50_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Not reached in 50 s: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
