import type { Policy } from '../domain/policy.ts';
import { touchedDirectories, type TouchedDirectory } from '../store/policies.ts';
import { previewPolicy, type AccountDifference } from '../store/preview-policy.ts';
import { unmatchedGroups } from '../store/unmatched-groups.ts';
import type { CommandDeps } from './command-deps.ts';
import { facts, table, time } from './layout.ts';

/** Everything that a new policy would change, and where. */
export interface PolicyDifferences {
  readonly touched: readonly TouchedDirectory[];
  readonly looked: number;
  readonly differences: readonly AccountDifference[];
  /** Named in the role mapping, and no live group of where it would hold. */
  readonly unmatchedGroups: readonly string[];
}

/** Looks through every account that a new policy reaches; writes nothing. */
export const findDifferences = async (
  { database, terminal }: Pick<CommandDeps, 'database' | 'terminal'>,
  change: { readonly directoryId: string | null; readonly policy: Partial<Policy> },
): Promise<PolicyDifferences> => {
  const touched = await touchedDirectories(database(), change);
  const people = touched.reduce((sum, one) => sum + one.people, 0);
  const differences: AccountDifference[] = [];
  let looked = 0;
  const bar = terminal.progress();
  try {
    for (const one of touched.filter(({ derives }) => derives))
      for await (const page of previewPolicy(database(), one)) {
        looked += page.looked;
        differences.push(...page.differences);
        bar.show(people === 0 ? 1 : looked / people, `compared ${looked} people`);
      }
  } finally {
    bar.stop();
  }
  const unmatched = await unmatchedGroups(database(), { policy: change.policy, touched });
  return { touched, looked, differences, unmatchedGroups: unmatched };
};

/** Who would lose something that a person should agree to. */
export const losers = (found: PolicyDifferences) => ({
  roles: found.differences.filter(({ revoked }) => revoked.length > 0).length,
  sooner: found.differences.filter(({ hardDeleteAt }) => isSooner(hardDeleteAt)).length,
});

const isSooner = (moved: AccountDifference['hardDeleteAt']): boolean =>
  moved !== null && moved.to !== null && (moved.from === null || moved.to < moved.from);

/** The differences as numbers for scripts. */
export const countDifferences = ({ touched, looked, differences }: PolicyDifferences) => ({
  directories: touched.length,
  looked,
  changed: differences.length,
  gainRoles: differences.filter(({ granted }) => granted.length > 0).length,
  loseRoles: differences.filter(({ revoked }) => revoked.length > 0).length,
  attributes: differences.filter(({ attributes }) => attributes.length > 0).length,
  hardDeletes: differences.filter(({ hardDeleteAt }) => hardDeleteAt !== null).length,
});

const moment = (at: number | null) => (at === null ? 'never' : time(new Date(at)));

/** The differences for a person: numbers, then one line an account. */
export const describeDifferences = (found: PolicyDifferences): string => {
  const counts = countDifferences(found);
  return [
    facts([
      ['Directories reached', counts.directories],
      ['People compared', counts.looked],
      ['Gain roles', counts.gainRoles],
      ['Lose roles', counts.loseRoles],
      ['Attributes change', counts.attributes],
      ['Hard delete moves', counts.hardDeletes],
    ]),
    ...(counts.looked === 0 ? ['Nobody was compared: it derives what is in force already.'] : []),
    ...found.unmatchedGroups.map(
      (name) => `roles.groups: ${JSON.stringify(name)} matches no group at present.`,
    ),
    '',
    table(
      ['account', 'gains', 'loses', 'attributes', 'hard delete'],
      found.differences.map(({ userId, granted, revoked, attributes, hardDeleteAt }) => [
        userId,
        granted.join(', '),
        revoked.join(', '),
        attributes.join(', '),
        hardDeleteAt === null ? null : `${moment(hardDeleteAt.from)} → ${moment(hardDeleteAt.to)}`,
      ]),
      'Nobody would change.',
    ),
  ].join('\n');
};
