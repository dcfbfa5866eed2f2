import { WithStartWorkflowOperation } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, type Workflow } from '@temporalio/common';
import {
  directorySyncId,
  PRIORITY,
  QUERY,
  SIGNAL,
  UPDATE,
  WORKFLOW,
  type DirectorySyncInput,
  type DirectorySyncStatus,
  type ResyncRequest,
} from '../../workflows/contract.ts';
import type { Temporal } from '../temporal/connect.ts';
import { fairnessKey } from '../temporal/wake.ts';

interface Target {
  readonly temporal: Temporal;
  readonly taskQueue: string;
  readonly directoryId: string;
}

// An update and a query need a worker; without one they would wait for ever.
const DEADLINE_MS = 15_000;
const QUERY_DEADLINE_MS = 5000;
const DIRECTORY_ID = defineSearchAttributeKey('DirectoryId', SearchAttributeType.KEYWORD);

const startOptions = ({ taskQueue, directoryId }: Target) => {
  const input: DirectorySyncInput = { directoryId };
  return {
    workflowId: directorySyncId(directoryId),
    taskQueue,
    args: [input],
    typedSearchAttributes: [{ key: DIRECTORY_ID, value: directoryId }],
    staticSummary: `Applies the events of directory ${directoryId} in order`,
    priority: { priorityKey: PRIORITY.live, fairnessKey: fairnessKey(directoryId) },
  };
};

/** Asks a directory's workflow, started if need be, to read the directory again, or what the request names. A repeat asks for one more. */
export const requestResync = async (target: Target, request: ResyncRequest): Promise<void> => {
  const { client } = target.temporal;
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.signalWithStart(WORKFLOW.directorySync, {
      ...startOptions(target),
      signal: SIGNAL.resync,
      signalArgs: [request],
    }),
  );
};

/** Has a directory's workflow, started if need be, look at what it owes. A repeat costs one more look. */
export const wakeDirectory = async (target: Target): Promise<void> => {
  const { client } = target.temporal;
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.signalWithStart(WORKFLOW.directorySync, {
      ...startOptions(target),
      signal: SIGNAL.wake,
      signalArgs: [],
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
        ...startOptions(target),
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
