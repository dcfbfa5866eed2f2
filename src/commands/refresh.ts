import { isHalted } from '../domain/directory.ts';
import { contractFields } from '../store/contract-fields.ts';
import { findRefresh } from '../store/refresh-reports.ts';
import type { RefreshReport } from '../store/documents.ts';
import type { CommandDeps } from './command-deps.ts';
import { requireDirectory } from './require-directory.ts';
import { requestResync } from './directory-workflow.ts';
import { findAccount } from './find-person.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { describeRefresh, differences, type Fields } from './refresh-outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'temporal' | 'config' | 'newId' | 'now' | 'sleep'>;

/** Whom or what to read again, as a person at the terminal names it. */
export interface RefreshOptions {
  readonly of: 'user' | 'group';
  readonly id: string;
  /** Of somebody who is not known yet. */
  readonly directory?: string;
}

interface Subject {
  readonly of: 'user' | 'group';
  /** In WorkOS. */
  readonly id: string;
  readonly directory: string;
}

const LOOK_EVERY_MS = 300;
/** A worker takes it at once, unless it has a long queue of events to apply first. */
const BEGIN_MS = 60_000;
/** A large group takes minutes, and WorkOS may ask to wait. */
const STALLED_MS = 600_000;

/**
 * Has the directory's workflow read one person with their groups, or one group with its people, from
 * WorkOS, waits for it, and tells what changed. A repeat reads once more. Throws Refused for somebody
 * unknown without a directory or by what is no id, and when no worker begins it in a minute.
 */
export const refresh = async (deps: Deps, options: RefreshOptions): Promise<Outcome> => {
  const subject = await subjectOf(deps, options);
  const { syncStatus } = await requireDirectory(deps.database(), subject.directory);
  const before = await fieldsOf(deps, subject);
  const requestId = deps.newId();
  await requestResync(
    { temporal: deps.temporal(), taskQueue: deps.config.taskQueue, directoryId: subject.directory },
    { requestId, [subject.of]: subject.id },
  );
  if (isHalted(syncStatus)) {
    const { id, directory } = subject;
    return {
      data: { ...subject, requestId, outcome: 'waiting', reason: syncStatus },
      text: `The refresh of ${id} is requested; it begins after \`dsync resume ${directory}\`, because the directory is ${syncStatus}.`,
      exitCode: EXIT.waits,
    };
  }
  const report = await follow(deps, subject, requestId);
  return describeRefresh(report, differences(before, await fieldsOf(deps, subject)));
};

const subjectOf = async (
  deps: Pick<CommandDeps, 'database'>,
  { of, id, directory }: RefreshOptions,
): Promise<Subject> => {
  const known = await (of === 'user' ? knownUser(deps, id) : knownGroup(deps, id));
  const what = of === 'user' ? 'person' : 'group';
  if (known === null && directory === undefined) {
    throw new Refused(
      `No ${what} ${id.includes('@') ? 'of that address' : id} is known; to read one from WorkOS all the same, give the WorkOS id and --directory <id>.`,
    );
  }
  if (known !== null && directory !== undefined && known.directory !== directory)
    throw new Refused(`${known.id} is in directory ${known.directory}, not in ${directory}.`);
  if (known !== null) return { of, ...known };
  if (!WORKOS_ID[of].test(id))
    throw new Refused(
      `Nothing is known under that name; to read a ${what} from WorkOS all the same, give its WorkOS id, such as ${of === 'user' ? 'directory_user_01ABC' : 'directory_group_01ABC'}.`,
      EXIT.usage,
    );
  return { of, id, directory: directory ?? '' };
};

/** Anything else, such as a name, is no id: it would stand in Temporal and in a report. */
const WORKOS_ID = {
  user: /^directory_user_[A-Za-z0-9_-]{1,200}$/,
  group: /^directory_group_[A-Za-z0-9_-]{1,200}$/,
} as const;

type Named = Omit<Subject, 'of'> | null;

const knownUser = async (deps: Pick<CommandDeps, 'database'>, id: string): Promise<Named> => {
  const database = deps.database();
  const account = await findAccount(database, id);
  if (account !== null) return { id: account.directoryUserId, directory: account.directoryId };
  const tombstone = await database.tombstones.findOne({ _id: id });
  return tombstone === null ? null : { id, directory: tombstone.directoryId };
};

const knownGroup = async (deps: Pick<CommandDeps, 'database'>, id: string): Promise<Named> => {
  const group = await deps.database().groups.findOne({ _id: id });
  return group === null ? null : { id, directory: group.directoryId };
};

const fieldsOf = async (
  deps: Pick<CommandDeps, 'database'>,
  { of, id }: Subject,
): Promise<Fields | null> => {
  const { users, groups } = deps.database();
  const stored = await (of === 'user'
    ? users.findOne({ directoryUserId: id }).then((one) => one && contractFields(one))
    : groups.findOne({ _id: id }));
  if (stored === null) return null;
  const { sync: _engine, ...fields } = stored;
  return fields;
};

const follow = async (
  deps: Deps,
  { id, directory }: Subject,
  requestId: string,
): Promise<RefreshReport> => {
  const begun = deps.now().getTime();
  for (;;) {
    const report = await findRefresh(deps.database(), { requestId, id });
    if (report !== null && report.outcome !== 'running') return report;
    const waited = deps.now().getTime() - begun;
    if (report === null && waited > BEGIN_MS)
      throw new Refused(
        `The refresh of ${id} is requested, but no worker has begun it in a minute; it is done once one does. \`dsync status ${directory}\` and \`dsync doctor\` show what is in the way.`,
      );
    if (waited > STALLED_MS)
      throw new Refused(
        `The refresh of ${id} has not ended in ten minutes (${report?.reason ?? 'it is being read'}); it goes on by itself.`,
      );
    await deps.sleep(LOOK_EVERY_MS);
  }
};
