import { WorkflowNotFoundError } from '@temporalio/client';
import { directorySyncId, retentionId } from '../../workflows/contract.ts';
import type { Temporal } from './connect.ts';

const DEADLINE_MS = 15_000;
const REASON = 'Its directory was invented by a test event and is removed.';

/**
 * Ends every workflow of these directories at once, backfills included. Only for directories that
 * are removed: what a workflow owes is dropped. One that has ended, or never ran, is no error.
 */
export const endWorkflowsOf = async (
  { client }: Temporal,
  directoryIds: readonly string[],
): Promise<void> => {
  const end = async (workflowId: string): Promise<void> => {
    try {
      await client.workflow.getHandle(workflowId).terminate(REASON);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
  await client.withDeadline(Date.now() + DEADLINE_MS, async () => {
    for (const id of directoryIds) {
      // oxlint-disable no-await-in-loop -- the directory's own first, which starts the others
      await end(directorySyncId(id));
      await end(retentionId(id));
      const running = client.workflow.list({
        query: `WorkflowType = 'backfill' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH 'backfill/${id}/'`,
      });
      for await (const { workflowId } of running) await end(workflowId);
      // oxlint-enable no-await-in-loop
    }
  });
};
