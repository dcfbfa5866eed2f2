import type { Command } from 'commander';
import { add } from './add-command.ts';
import type { CommandDeps } from './command-deps.ts';
import { linkImport } from './link-import.ts';
import { linkSuggest } from './link-suggest.ts';
import type { Json, Show } from './outcome.ts';

type Import = Json & {
  readonly dryRun?: boolean;
  readonly report?: string;
  readonly yes?: boolean;
};

type Suggest = Json & { readonly csv?: boolean; readonly showAddresses?: boolean };

/** Adds the commands about accounts that belong to directory users. */
export const addLinkCommands = (link: Command, deps: CommandDeps, show: Show): void => {
  add(
    link,
    'import <file>',
    'Links accounts to directory users, from a CSV file with the header user_id,directory_user_id.',
    'link import links.csv --dry-run',
  )
    .option('--dry-run', 'show what would become of each line; write nothing')
    .option('--report <file>', 'write the fate of each line into this file, as CSV')
    .option('--yes', 'do not ask before provisioned accounts are merged')
    .action((file: string, { dryRun = false, yes = false, report, json }: Import) =>
      show(
        linkImport(deps, { file, dryRun, yes, report: report ?? null }),
        json === undefined ? {} : { json },
      ),
    );
  add(
    link,
    'suggest [directory]',
    'Lists accounts that may belong to people who got an account of their own, for you to decide.',
    'link suggest directory_01ABC --csv',
  )
    .option('--csv', 'print those without a doubt as a file that `link import` takes')
    .option('--show-addresses', 'show the e-mail addresses as well')
    .action(
      (directory: string | undefined, { csv = false, showAddresses = false, json }: Suggest) =>
        show(
          linkSuggest(deps, { directory: directory ?? null, csv, showAddresses }),
          json === undefined ? {} : { json },
        ),
    );
};
