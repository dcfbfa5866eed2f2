import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  directorySyncId,
  QUERY,
  SIGNAL,
  UPDATE,
  WORKFLOW,
  type DirectorySyncStatus,
  type ResyncRequest,
} from '../../workflows/contract.ts';
import type { Temporal } from '../temporal/connect.ts';
import { directoryStart } from '../temporal/directory-start.ts';

interface Target {
  readonly temporal: Temporal;
  readonly taskQueue: string;
  readonly directoryId: string;
}

// An update and a query need a worker; without one they would wait for ever.
const DEADLINE_MS = 15_000;
const QUERY_DEADLINE_MS = 5000;

/** Asks a directory's workflow, started if need be, to read the directory again, or what the request names. A repeat asks for one more. */
export const requestResync = async (target: Target, request: ResyncRequest): Promise<void> => {
  const { client } = target.temporal;
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.signalWithStart(WORKFLOW.directorySync, {
      ...directoryStart(target),
      signal: SIGNAL.resync,
      signalArgs: [request],
    }),
  );
};

/** Pauses or resumes a directory and answers its sync status then. A repeat changes nothing. Throws when no worker answers in 15 s. */
export const updateDirectory = async (
  target: Target,
  update: 'pause' | 'resume',
): Promise<string> => {
  const { client } = target.temporal;
  return client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.executeUpdateWithStart<Workflow, string, []>(UPDATE[update], {
      args: [],
      startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW.directorySync, {
        ...directoryStart(target),
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    }),
  );
};

/** What the directory's workflow says of itself; null when none runs or no worker answers in 5 s. */
export const queryDirectory = async ({
  temporal: { client },
  directoryId,
}: Omit<Target, 'taskQueue'>): Promise<DirectorySyncStatus | null> => {
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      client.workflow
        .getHandle(directorySyncId(directoryId))
        .query<DirectorySyncStatus>(QUERY.status),
    );
  } catch {
    return null;
  }
};
