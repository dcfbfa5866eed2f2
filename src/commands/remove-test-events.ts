import { isTestEventId } from '../domain/test-ids.ts';
import { removeTestTraces, type RemovedTraces } from '../store/remove-test-traces.ts';
import { findTestTraces, type TestTraces } from '../store/test-traces.ts';
import { endWorkflowsOf } from '../temporal/end-workflows.ts';
import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { facts } from './layout.ts';
import { Refused, type Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'temporal' | 'terminal'>;

export interface TestRemoval {
  /** A test event's id; all of them if left out. */
  readonly event?: string;
  readonly yes: boolean;
}

/**
 * Removes test events and everything that exists only because of them; asks first. With one event,
 * those that name the same invented records go with it. A repeat finds nothing. Throws Refused for an
 * event that is not a test event, or not there.
 */
export const removeTestEvents = async (
  deps: Deps,
  { event, yes }: TestRemoval,
): Promise<Outcome> => {
  if (event !== undefined && !isTestEventId(event)) {
    throw new Refused(`${event} is no test event, and only those are removed.`);
  }
  const database = deps.database();
  const all = await findTestTraces(database);
  const wanted = event === undefined ? all : all.filter(({ events }) => events.includes(event));
  if (event !== undefined && wanted.length === 0) {
    throw new Refused(
      `There is no test event ${event}; \`dsync events list --via test\` lists them.`,
    );
  }
  if (wanted.length === 0) return { data: NOTHING, text: 'There is no test event.' };
  const events = wanted.flatMap((one) => one.events);
  await confirm(deps.terminal, {
    effect: `${count(events.length, 'test event')} and every person, group and directory that they invented are removed for good.`,
    yes,
  });
  const removed: RemovedTraces[] = [];
  for (const traces of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- a transaction after the other
    removed.push(await remove(deps, traces));
  }
  const named = [...new Set(wanted.flatMap((one) => one.named))];
  const data = { ...sum(removed), named };
  return { data, text: describe(data) };
};

/** An invented directory has workflows, which would make its records anew. */
const remove = async (deps: Deps, traces: TestTraces): Promise<RemovedTraces> => {
  if (traces.directories.length > 0) await endWorkflowsOf(deps.temporal(), traces.directories);
  return removeTestTraces(deps.database(), traces);
};

const NOTHING = {
  events: 0,
  users: 0,
  groups: 0,
  memberships: 0,
  directories: 0,
  auditEntries: 0,
  outboxRows: 0,
  kept: [] as readonly string[],
  named: [] as readonly string[],
};

const sum = (removed: readonly RemovedTraces[]): Omit<typeof NOTHING, 'named'> => {
  const total = (key: Exclude<keyof RemovedTraces, 'kept'>): number =>
    removed.reduce((all, one) => all + one[key], 0);
  return {
    events: total('events'),
    users: total('users'),
    groups: total('groups'),
    memberships: total('memberships'),
    directories: total('directories'),
    auditEntries: total('auditEntries'),
    outboxRows: total('outboxRows'),
    kept: removed.flatMap(({ kept }) => kept),
  };
};

const describe = (data: typeof NOTHING): string =>
  [
    facts([
      ['Test events', data.events],
      ['People', data.users],
      ['Groups', data.groups],
      ['Memberships', data.memberships],
      ['Directories', data.directories],
      ['Audit entries', data.auditEntries],
      ['Outbox rows', data.outboxRows],
    ]),
    ...(data.kept.length === 0
      ? []
      : [`\nKept, since WorkOS or the application knows them by now: ${data.kept.join(', ')}`]),
    ...(data.named.length === 0
      ? []
      : [
          `\nReal, and left as the test events made them: ${data.named.join(', ')}`,
          '`dsync user refresh`, `dsync group refresh` and `dsync resync` read them from WorkOS again.',
        ]),
  ].join('\n');

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;
