import { setLegalHold } from '../store/legal-hold.ts';
import { wakeRetention } from '../temporal/start-standing.ts';
import type { CommandDeps } from './command-deps.ts';
import { readDecision } from './decision.ts';
import { knownPerson } from './find-person.ts';
import { time } from './layout.ts';
import { Refused, type Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'database' | 'temporal' | 'config' | 'now' | 'newId'>;

/** A hold is set or released. */
export interface HoldOptions {
  readonly id: string;
  readonly hold: boolean;
  readonly reason: string;
  readonly actor?: string;
}

/**
 * Sets or releases a person's legal hold, which keeps them from being purged. A release has the
 * directory's retention timer look again, since their day may have passed. A repeat changes nothing.
 * Throws Refused when the person was purged while this was asked.
 */
export const holdOrRelease = async (deps: Deps, options: HoldOptions): Promise<Outcome> => {
  const { hold } = options;
  const { reference, actor } = readDecision(options);
  const database = deps.database();
  const person = await knownPerson(database, options.id);
  const outcome = await setLegalHold(database, {
    directoryUserId: person.directoryUserId,
    hold,
    actor,
    reference,
    key: `legal-hold/${deps.newId()}`,
    now: deps.now(),
  });
  if (outcome === 'gone')
    throw new Refused(
      `${person.directoryUserId} was hard-deleted at this moment: there is no account to ${hold ? 'hold' : 'release'} any more.`,
    );
  const changed = outcome === 'changed';
  // Also when nothing changed: an earlier release may have ended before it could do this.
  if (!hold && person.hardDeleteAt !== null)
    await wakeRetention(
      { client: deps.temporal().client, taskQueue: deps.config.taskQueue },
      person.directoryId,
    );
  const { directoryUserId: user, directoryId: directory, hardDeleteAt } = person;
  return {
    data: { user, directory, legalHold: hold, changed, hardDeleteAt },
    text: hold
      ? `${user} ${changed ? 'is on legal hold now' : 'was on legal hold already'}: no purge and no erasure until it is released.`
      : `${user} ${changed ? 'is not on legal hold any more' : 'was not on legal hold'}; ${afterwards(hardDeleteAt, deps.now())}`,
  };
};

const afterwards = (hardDeleteAt: Date | null, now: Date): string =>
  hardDeleteAt === null
    ? 'nothing is to be purged.'
    : hardDeleteAt <= now
      ? `their day was ${time(hardDeleteAt)}, so they are purged now.`
      : `they are purged at ${time(hardDeleteAt)}.`;
