import { createHash } from 'node:crypto';
import { directorySyncId, PRIORITY, type DirectorySyncInput } from '../../workflows/contract.ts';
import { DIRECTORY_ID } from '../../workflows/search-attributes.ts';

const MAX_FAIRNESS_KEY_BYTES = 64;

/** With what a directory's workflow is started, whoever needs it first. */
export const directoryStart = (options: {
  readonly taskQueue: string;
  readonly directoryId: string;
}) => {
  const { taskQueue, directoryId } = options;
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

/** The fairness key of a directory: its id, or a hash of one that is too long for Temporal. */
export const fairnessKey = (directoryId: string): string =>
  Buffer.byteLength(directoryId) <= MAX_FAIRNESS_KEY_BYTES
    ? directoryId
    : createHash('sha256').update(directoryId).digest('hex');
