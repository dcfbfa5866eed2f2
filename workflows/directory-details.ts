import type { SearchAttributePair } from '@temporalio/common';
import type { Activities } from '../activities/index.ts';
import { DIRECTORY_ID, ORGANIZATION_ID, SYNC_STATE } from './search-attributes.ts';

type Duties = NonNullable<Awaited<ReturnType<Activities['applyPending']>>['duties']>;

/** The search attributes of a directory's workflow; `key` changes only when one of them does. */
export const searchAttributes = (
  directoryId: string,
  duties: Duties,
): { readonly key: string; readonly attributes: SearchAttributePair[] } => ({
  key: `${duties.organizationId ?? ''}/${duties.syncStatus}`,
  attributes: [
    { key: DIRECTORY_ID, value: directoryId },
    ...(duties.organizationId === null
      ? []
      : [{ key: ORGANIZATION_ID, value: duties.organizationId }]),
    { key: SYNC_STATE, value: duties.syncStatus },
  ],
});

/** What the Web UI shows of a directory: states and counts, in Markdown. */
export const directoryDetails = (state: {
  readonly duties: Duties;
  readonly applied: number;
  readonly running: number | null;
}): string =>
  [
    `**${state.duties.syncStatus}**, ${state.applied} events settled by this workflow.`,
    state.running === null ? 'No backfill is running.' : `Backfill ${state.running} is running.`,
    state.duties.readInMs === null ? '' : 'Memberships are owed a read from the API.',
    state.duties.derivations ? 'Accounts are derived anew by the policy.' : '',
    state.duties.nextPurge === null ? '' : 'Hard deletions wait for their day.',
  ]
    .filter((line) => line !== '')
    .join('\n\n');
