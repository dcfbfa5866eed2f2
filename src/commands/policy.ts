import { stringify } from 'yaml';
import { effectivePolicy, type Policy } from '../domain/policy.ts';
import { readPolicyFile } from '../policy/read-policy-file.ts';
import {
  derivationsLeft,
  findPolicy,
  replacePolicy,
  type TouchedDirectory,
} from '../store/policies.ts';
import { wakeDirectory } from '../temporal/wake.ts';
import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { requireDirectory } from './require-directory.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import {
  countDifferences,
  describeDifferences,
  findDifferences,
  losers,
  type PolicyDifferences,
} from './policy-differences.ts';

type Deps = Pick<
  CommandDeps,
  'database' | 'temporal' | 'config' | 'newId' | 'now' | 'sleep' | 'terminal'
>;

const LOOK_EVERY_MS = 300;
/** A chunk takes a second or two; after so long without one nobody works. */
const QUIET_MS = 60_000;

/** Whose policy is meant, and what to do with it. */
export interface PolicyRequest {
  readonly directory?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
}

/** Shows the policy that holds: the default, or a directory's with what it has of its own. */
export const showPolicy = async (
  { database }: Pick<Deps, 'database'>,
  { directory }: Pick<PolicyRequest, 'directory'>,
): Promise<Outcome> => {
  const directoryId = directory ?? null;
  if (directoryId !== null) await requireDirectory(database(), directoryId);
  const general = await findPolicy(database(), { directoryId: null });
  const own = directoryId === null ? null : await findPolicy(database(), { directoryId });
  const effective = effectivePolicy(general?.policy ?? null, own?.policy ?? null);
  const written = (directoryId === null ? general : own)?.policy ?? {};
  const problems = [...(general?.problems ?? []), ...(own?.problems ?? [])];
  return {
    data: { owner: directoryId ?? 'default', written, effective, problems },
    text: [
      `# What holds ${directoryId === null ? 'where a directory says nothing else' : `in ${directoryId}`}`,
      stringify(effective).trimEnd(),
      ...problems.map((problem) => `# Does not hold: ${problem}`),
    ].join('\n'),
    ...(problems.length > 0 ? { exitCode: EXIT.waits } : {}),
  };
};

/** Lists exactly who would gain and lose what by a policy of a file; writes nothing. */
export const previewPolicyFile = async (
  deps: Deps,
  { file, directory }: { readonly file: string } & Pick<PolicyRequest, 'directory'>,
): Promise<Outcome> => {
  const change = await changeOf(deps, { file, directory });
  return described(await findDifferences(deps, change), 'preview');
};

/**
 * Puts the policy of a file in force, after a question when somebody would lose a role or be deleted
 * sooner, and follows until everybody it touches is derived anew. A repeat changes nothing.
 */
export const applyPolicyFile = async (
  deps: Deps,
  request: { readonly file: string } & PolicyRequest,
): Promise<Outcome> => {
  const change = await changeOf(deps, request);
  const found = await findDifferences(deps, change);
  if (request.dryRun === true) return described(found, 'preview');
  const { roles, sooner } = losers(found);
  if (roles + sooner > 0)
    await confirm(deps.terminal, {
      effect: `By this policy ${roles} people lose roles and ${sooner} people are hard-deleted sooner.`,
      yes: request.yes === true,
    });
  await replacePolicy(deps.database(), {
    ...change,
    changeId: deps.newId(),
    now: deps.now(),
  });
  const touched = found.touched.filter(({ derives }) => derives);
  for (const { directoryId } of touched)
    await wakeDirectory({
      client: deps.temporal().client,
      taskQueue: deps.config.taskQueue,
      directoryId,
    });
  if (request.wait !== false) await follow(deps, touched);
  return described(found, request.wait === false ? 'requested' : 'applied');
};

const changeOf = async (
  { database }: Pick<Deps, 'database'>,
  { file, directory }: { readonly file: string; readonly directory?: string | undefined },
): Promise<{ readonly directoryId: string | null; readonly policy: Partial<Policy> }> => {
  const read = await readPolicyFile(file);
  if ('problems' in read)
    throw new Refused(['The policy was not taken:', ...read.problems].join('\n  '));
  if (directory !== undefined) await requireDirectory(database(), directory);
  return { directoryId: directory ?? null, policy: read.policy };
};

const follow = async (deps: Deps, touched: readonly TouchedDirectory[]): Promise<void> => {
  const people = touched.reduce((sum, one) => sum + one.people, 0);
  const bar = deps.terminal.progress();
  let before = -1;
  let quiet = 0;
  try {
    for (;;) {
      const { left, done } = await derivationsLeft(deps.database(), touched);
      bar.show(people === 0 ? 1 : done / people, `derived ${done} of ${people} people`);
      if (left === 0) return;
      quiet = done === before ? quiet + LOOK_EVERY_MS : 0;
      before = done;
      if (quiet >= QUIET_MS)
        throw new Refused(
          'The policy holds, but nobody was derived for a minute: no worker runs, or the policy was changed again. It goes on by itself; `dsync status` shows it.',
          EXIT.waits,
        );
      await deps.sleep(LOOK_EVERY_MS);
    }
  } finally {
    bar.stop();
  }
};

const SAID = {
  preview: 'Nothing was written.',
  applied: 'The policy holds, and everybody whom it touches is derived anew.',
  requested: 'The policy holds; `dsync status` shows how far its directories have come.',
} as const;

const described = (found: PolicyDifferences, outcome: keyof typeof SAID): Outcome => ({
  data: {
    outcome,
    ...countDifferences(found),
    unmatchedGroups: found.unmatchedGroups,
    differences: found.differences,
  },
  text: `${describeDifferences(found)}\n\n${SAID[outcome]}`,
});
