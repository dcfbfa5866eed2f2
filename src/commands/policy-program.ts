import type { Command } from 'commander';
import { add } from './add-command.ts';
import type { CommandDeps } from './command-deps.ts';
import type { Json, Show } from './outcome.ts';
import { applyPolicyFile, previewPolicyFile, showPolicy, type PolicyRequest } from './policy.ts';

/** Adds `dsync policy …`. */
export const addPolicyCommands = (policy: Command, deps: CommandDeps, show: Show): void => {
  add(policy, 'show', 'Shows the policy that holds.', 'policy show --directory directory_01ABC')
    .option('--directory <id>', 'of one directory, with its own keys; the default if left out')
    .action((options: Json & PolicyRequest) => show(showPolicy(deps, options), options));
  add(
    policy,
    'apply <file>',
    'Puts a policy of JSON or YAML in force and derives everybody anew.',
    'policy apply policy.yaml --dry-run',
  )
    .option('--directory <id>', 'for one directory; the default of all if left out')
    .option('--dry-run', 'list who would gain and lose what; write nothing')
    .option('--no-wait', 'do not wait until everybody is derived anew')
    .option('--yes', 'do not ask, also when somebody loses a role or is deleted sooner')
    .action((file: string, options: Json & PolicyRequest) =>
      show(applyPolicyFile(deps, { ...options, file }), options),
    );
  add(
    policy,
    'preview <file>',
    'Lists exactly who would gain and lose what; writes nothing.',
    'policy preview policy.yaml',
  )
    .option('--directory <id>', 'for one directory; the default of all if left out')
    .action((file: string, options: Json & PolicyRequest) =>
      show(previewPolicyFile(deps, { ...options, file }), options),
    );
};
