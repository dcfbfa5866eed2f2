import type { Command } from 'commander';
import { add } from './add-command.ts';
import type { CommandDeps } from './command-deps.ts';
import { linkImport } from './link-import.ts';
import type { Outcome } from './outcome.ts';

type Json = { readonly json?: boolean };
type Show = (running: Promise<Outcome>, options: Json) => Promise<void>;
type Import = Json & {
  readonly dryRun?: boolean;
  readonly report?: string;
  readonly yes?: boolean;
};

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
};
