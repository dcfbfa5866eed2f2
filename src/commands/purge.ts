import { isHold } from '../store/on-hold.ts';
import { findPurge, openPurge } from '../store/purge-reports.ts';
import type { PurgeReport, UserDocument } from '../store/documents.ts';
import { requestPurge } from '../temporal/start-standing.ts';
import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { readDecision } from './decision.ts';
import { knownPerson } from './find-person.ts';
import { time } from './layout.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';

type Deps = Pick<
  CommandDeps,
  'database' | 'temporal' | 'config' | 'now' | 'newId' | 'sleep' | 'terminal'
>;

export interface PurgeOptions {
  readonly id: string;
  readonly reason: string;
  readonly actor?: string;
  readonly yes: boolean;
}

const LOOK_EVERY_MS = 300;
const BEGIN_MS = 60_000;

/**
 * Hard-deletes a person who left, before their day, through the directory's retention workflow. Asks
 * first. Throws Refused for somebody who is in the directory or on legal hold, and when nobody agrees.
 */
export const purge = async (deps: Deps, options: PurgeOptions): Promise<Outcome> => {
  const decision = readDecision(options);
  const database = deps.database();
  const person = await knownPerson(database, options.id);
  const deletedAt = leftAt(person);
  const { directoryUserId: user, directoryId } = person;
  const memberships = await database.groupMembers.countDocuments({ directoryUserId: user });
  await confirm(deps.terminal, {
    effect: `The account ${named(person)}, its ${memberships} memberships, its sessions and the payloads of its events are removed for good, ${early(person, deps.now())}. A tombstone with the id and the audit log stay.`,
    yes: options.yes,
  });
  const requestId = deps.newId();
  await openPurge(database, {
    requestId,
    directoryId,
    subject: user,
    deletedAt,
    ...decision,
    now: deps.now(),
  });
  await requestPurge(
    { client: deps.temporal().client, taskQueue: deps.config.taskQueue },
    { directoryId, request: { requestId, user } },
  );
  return describe(await follow(deps, { requestId, user }));
};

/** When they left. Throws Refused for somebody who is in the directory, or must not be purged. */
const leftAt = (person: UserDocument): Date => {
  const { directoryUserId: user } = person;
  if (person.deletedAt === null)
    throw new Refused(
      `${user} is in the directory, and ${person.enabled ? 'enabled' : 'inactive'}: only somebody whom the directory has deleted can be purged.`,
    );
  if (isHold(person.legalHold))
    throw new Refused(
      `${user} is on legal hold; \`dsync user release ${user} --reason <code>\` would end it.`,
    );
  return person.deletedAt;
};

const named = ({ _id, directoryUserId }: UserDocument): string =>
  _id === directoryUserId ? _id : `${_id} of ${directoryUserId}`;

const early = ({ hardDeleteAt }: UserDocument, now: Date): string =>
  hardDeleteAt === null || hardDeleteAt <= now
    ? 'at once'
    : `before their day (${time(hardDeleteAt)})`;

const follow = async (
  deps: Deps,
  { requestId, user }: { readonly requestId: string; readonly user: string },
): Promise<PurgeReport> => {
  const begun = deps.now().getTime();
  for (;;) {
    const report = await findPurge(deps.database(), requestId);
    if (report !== null && report.outcome !== 'running') return report;
    if (deps.now().getTime() - begun > BEGIN_MS)
      throw new Refused(
        `The purge of ${user} is requested, but no worker has done it in a minute; it is done once one runs. \`dsync doctor\` checks everything.`,
      );
    await deps.sleep(LOOK_EVERY_MS);
  }
};

const WHY: Readonly<Record<string, string>> = {
  'purge-unknown': 'has no account any more',
  'purge-not-deleted': 'has returned to the directory meanwhile',
  'purge-legal-hold': 'was put on legal hold meanwhile',
  'purge-event-waits':
    'is named by an event that is not applied and may show their return; `dsync status` and `dsync events list --status parked` show it',
};

const describe = ({ subject, directoryId, outcome, reason, reference }: PurgeReport): Outcome => {
  const data = { user: subject, directory: directoryId, outcome, reason, reference };
  if (outcome === 'failed')
    return {
      data,
      text: `${subject} was not purged: ${subject} ${WHY[reason ?? ''] ?? `(${reason})`}.`,
      exitCode: EXIT.failed,
    };
  return { data, text: `${subject} is purged. A tombstone and the audit log stay.` };
};
