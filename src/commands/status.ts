import { directorySyncId } from '../../workflows/contract.ts';
import {
  directoriesHealth,
  directoryHealth,
  directoryPage,
  type DirectoryHealth,
} from '../store/directory-health.ts';
import type { CommandDeps } from './command-deps.ts';
import { queryDirectory } from './directory-workflow.ts';
import { ago, facts, mood, table, time } from './layout.ts';
import { unknownDirectory } from './require-directory.ts';
import type { Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'temporal' | 'temporalUiUrl' | 'now'>;

const PAGE = 20;

/** Shows every directory, or more of the one named. Changes nothing. */
export const status = async (deps: Deps, directory?: string): Promise<Outcome> => {
  const now = deps.now();
  if (directory === undefined) {
    const all = await everyDirectory(deps, now);
    return { data: all, text: statusTable(all, now) };
  }
  const only = await directoryHealth(deps.database(), { directoryId: directory, now });
  if (only === null) throw unknownDirectory(directory);
  const temporal = deps.temporal();
  const workflow = await queryDirectory({ temporal, directoryId: only.id });
  const workflowUrl =
    deps.temporalUiUrl === null
      ? null
      : `${deps.temporalUiUrl}/namespaces/${encodeURIComponent(temporal.namespace)}/workflows/${encodeURIComponent(directorySyncId(only.id))}`;
  return {
    data: { ...only, workflow, workflowUrl },
    text: facts([
      ['Directory', only.id],
      ['Name', only.name],
      ['Organization', only.organizationId],
      ['Type', only.type],
      ['State', only.state],
      ['Sync status', syncStatus(only)],
      ['People', `${only.enabled} enabled of ${only.people}`],
      ['Groups', only.groups],
      ['Pending events', only.pending],
      ['Oldest pending', ago(only.oldestPendingAt, now)],
      ['Parked events', only.parked],
      ['Last event', time(only.lastEventAt)],
      ['Last applied', time(only.lastAppliedAt)],
      ['Last synced', time(only.lastSyncedAt)],
      ['Held removals', only.heldRemovals],
      ['Attention', only.attention],
      ['Workflow', workflow === null ? 'does not answer' : workflowLine(workflow)],
      ['Web UI', workflowUrl],
    ]),
  };
};

const workflowLine = (workflow: NonNullable<Awaited<ReturnType<typeof queryDirectory>>>): string =>
  [
    `${workflow.applied} events settled`,
    workflow.draining ? 'draining' : 'idle',
    ...(workflow.backfill === null ? [] : [`backfill ${workflow.backfill} runs`]),
    ...(workflow.owesReads ? ['owes reads'] : []),
  ].join(', ');

const everyDirectory = async (
  { database }: Pick<Deps, 'database'>,
  now: Date,
): Promise<readonly DirectoryHealth[]> => {
  const all: DirectoryHealth[] = [];
  let after: string | null = null;
  do {
    // oxlint-disable no-await-in-loop -- a page begins where the one before it ended
    const page = await directoryPage(database(), { limit: PAGE, after });
    all.push(...(await directoriesHealth(database(), { ids: page.ids, now })));
    // oxlint-enable no-await-in-loop
    after = page.next;
  } while (after !== null);
  return all;
};

/** The table of `dsync status`. */
export const statusTable = (directories: readonly DirectoryHealth[], now: Date): string =>
  table(
    [
      'directory',
      'state',
      'sync',
      'people',
      'groups',
      'pending',
      'oldest',
      'last event',
      'last synced',
      'attention',
    ],
    directories.map((one) => [
      one.id,
      one.state,
      syncStatus(one),
      `${one.enabled}/${one.people}`,
      one.groups,
      one.pending,
      ago(one.oldestPendingAt, now),
      ago(one.lastEventAt, now),
      ago(one.lastSyncedAt, now),
      one.attention === null ? null : mood(one.attention, 'bad'),
    ]),
    'No directory is known yet: connect one in WorkOS, or try `dsync simulate company`.',
  );

const syncStatus = ({ syncStatus: word }: DirectoryHealth): string => {
  switch (word) {
    case 'active':
      return mood(word, 'good');
    case 'frozen':
      return mood(word, 'bad');
    case 'pending':
    case 'backfilling':
    case 'paused':
      return mood(word, 'wait');
  }
};
