import { WorkflowIdConflictPolicy, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { LaneKind } from '../domain/subscriptions.ts';
import {
  EVENTS_POLLER_ID,
  OUTBOX_ID,
  outboxLaneId,
  PRIORITY,
  retentionId,
  SIGNAL,
  WORKFLOW,
  type PurgeRequest,
} from '../../workflows/contract.ts';
import { DIRECTORY_ID } from '../../workflows/search-attributes.ts';
import { fairnessKey } from './directory-start.ts';

interface Target {
  readonly client: Client;
  readonly taskQueue: string;
}

/** Starts the events poller unless it runs. A second call changes nothing. */
export const startEventsPoller = async ({ client, taskQueue }: Target): Promise<void> => {
  await client.workflow.start(WORKFLOW.eventsPoller, {
    workflowId: EVENTS_POLLER_ID,
    taskQueue,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: 'polls the Events API',
    priority: { priorityKey: PRIORITY.live },
  });
};

/**
 * Ends the events poller where it runs: it was started while `INTAKE` had `poll`. The cursor stays
 * in the database. A second call changes nothing.
 */
export const endEventsPoller = async ({ client }: Pick<Target, 'client'>): Promise<void> => {
  try {
    // Not cancelled: where no worker runs it any more, a cancellation would wait for ever.
    await client.workflow.getHandle(EVENTS_POLLER_ID).terminate('INTAKE has no poll');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
};

/** Starts the delivery of mail unless it runs, and has it look for what is due. */
export const wakeOutbox = async ({ client, taskQueue }: Target): Promise<void> => {
  await client.workflow.signalWithStart(WORKFLOW.deliverOutbox, {
    workflowId: OUTBOX_ID,
    taskQueue,
    signal: SIGNAL.wake,
    staticSummary: 'delivers the outbox',
    priority: { priorityKey: PRIORITY.effects },
  });
};

/** The same for another kind of outbox rows, which has a workflow of its own. */
export const wakeOutboxLane = async (
  { client, taskQueue }: Target,
  lane: LaneKind,
): Promise<void> => {
  await client.workflow.signalWithStart(WORKFLOW.deliverOutbox, {
    workflowId: outboxLaneId(lane),
    taskQueue,
    args: [{ delivered: 0, failed: 0, retried: 0 }, lane],
    signal: SIGNAL.wake,
    staticSummary: `delivers the outbox: ${lane}`,
    priority: { priorityKey: PRIORITY.effects },
  });
};

/** Starts a directory's retention timer unless it runs, and has it look for its next day. */
export const wakeRetention = async (
  { client, taskQueue }: Target,
  directoryId: string,
): Promise<void> => {
  await client.workflow.signalWithStart(WORKFLOW.retention, {
    ...retentionOptions(taskQueue, directoryId),
    signal: SIGNAL.wake,
  });
};

/**
 * Has a directory's retention workflow, started if need be, purge a person whose purge was recorded.
 * A second call with the same request changes nothing.
 */
export const requestPurge = async (
  { client, taskQueue }: Target,
  purge: { readonly directoryId: string; readonly request: PurgeRequest },
): Promise<void> => {
  const { directoryId, request } = purge;
  await client.workflow.signalWithStart(WORKFLOW.retention, {
    ...retentionOptions(taskQueue, directoryId),
    signal: SIGNAL.purge,
    signalArgs: [request],
  });
};

const retentionOptions = (taskQueue: string, directoryId: string) => ({
  workflowId: retentionId(directoryId),
  taskQueue,
  args: [{ directoryId }],
  typedSearchAttributes: [{ key: DIRECTORY_ID, value: directoryId }],
  staticSummary: `hard deletions of ${directoryId}`,
  priority: { priorityKey: PRIORITY.purge, fairnessKey: fairnessKey(directoryId) },
});
