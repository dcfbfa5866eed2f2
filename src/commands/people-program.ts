import type { Command } from 'commander';
import { add } from './add-command.ts';
import type { CommandDeps } from './command-deps.ts';
import { showGroup } from './group-show.ts';
import { holdOrRelease } from './legal-hold.ts';
import type { Json, Show } from './outcome.ts';
import { purge } from './purge.ts';
import { refresh } from './refresh.ts';
import { showRemoteGroup, showRemoteUser } from './show-remote.ts';
import { showUser } from './user-show.ts';

const REMOTE = 'what WorkOS says at this moment, and not what is stored; writes nothing';
const READ_ALSO = 'of somebody who is not known here yet: the directory to read them from';

/** Adds the commands about one person. */
export const addPersonCommands = (user: Command, deps: CommandDeps, show: Show): void => {
  add(
    user,
    'show <id>',
    'Shows a person by directory user id, application user id or e-mail address.',
    'user show directory_user_01ABC',
  )
    .option('--remote', REMOTE)
    .action((id: string, options: Json & { remote?: boolean }) =>
      show(options.remote === true ? showRemoteUser(deps, id) : showUser(deps, id), options),
    );
  add(
    user,
    'refresh <id>',
    'Reads a person and their groups from WorkOS again, and shows what changed.',
    'user refresh directory_user_01ABC',
  )
    .option('--directory <id>', READ_ALSO)
    .action((id: string, options: Json & { directory?: string }) =>
      show(refresh(deps, { ...options, of: 'user', id }), options),
    );
};

/** Adds the commands about a person's hard deletion. */
export const addPurgeCommands = (user: Command, deps: CommandDeps, show: Show): void => {
  for (const [name, about, hold] of [
    [
      'hold',
      'Sets a legal hold: the person is not purged and not erased until it is released.',
      true,
    ],
    ['release', 'Releases a legal hold; a person whose day has passed is purged then.', false],
  ] as const)
    decided(
      add(user, `${name} <id>`, about, `user ${name} directory_user_01ABC --reason case-2026-117`),
    ).action((id: string, options: Json & Decided) =>
      show(holdOrRelease(deps, { ...options, id, hold }), options),
    );
  decided(
    add(
      user,
      'purge <id>',
      'Hard-deletes a person who left, before their day; asks first.',
      'user purge directory_user_01ABC --reason case-2026-117 --yes',
    ),
  )
    .option('--yes', 'do not ask')
    .action((id: string, options: Json & Decided & { yes?: boolean }) =>
      show(purge(deps, { ...options, id, yes: options.yes === true }), options),
    );
};

interface Decided {
  readonly reason: string;
  readonly actor?: string;
}

const decided = (command: Command): Command =>
  command
    .requiredOption('--reason <code>', 'why: a case number or code for the audit log, no names')
    .option(
      '--actor <name>',
      'who decides, for the audit log; the name of your account if left out',
    );

/** Adds the commands about one group. */
export const addGroupCommands = (group: Command, deps: CommandDeps, show: Show): void => {
  add(group, 'show <id>', 'Shows a group and its members.', 'group show directory_group_01ABC')
    .option('--remote', REMOTE)
    .action((id: string, options: Json & { remote?: boolean }) =>
      show(options.remote === true ? showRemoteGroup(deps, id) : showGroup(deps, id), options),
    );
  add(
    group,
    'refresh <id>',
    'Reads a group and its people from WorkOS again, and shows what changed.',
    'group refresh directory_group_01ABC',
  )
    .option('--directory <id>', READ_ALSO)
    .action((id: string, options: Json & { directory?: string }) =>
      show(refresh(deps, { ...options, of: 'group', id }), options),
    );
};
