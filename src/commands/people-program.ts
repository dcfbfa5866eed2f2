import type { Command } from 'commander';
import { add } from './add-command.ts';
import type { CommandDeps } from './command-deps.ts';
import { showGroup } from './group-show.ts';
import type { Outcome } from './outcome.ts';
import { refresh } from './refresh.ts';
import { showRemoteGroup, showRemoteUser } from './show-remote.ts';
import { showUser } from './user-show.ts';

type Json = { readonly json?: boolean };
type Show = (running: Promise<Outcome>, options: Json) => Promise<void>;

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
