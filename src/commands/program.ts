import { Command, Option } from 'commander';
import { WEBHOOK_PATH } from '../domain/webhook-path.ts';
import { add, wholeNumber } from './add-command.ts';
import type { CommandDeps } from './command-deps.ts';
import { doctor } from './doctor.ts';
import { EVENT_STATUSES, EVENT_VIAS } from '../store/list-events.ts';
import { MOST_DAYS } from '../store/statistics-days.ts';
import { listEvents, type EventFilter } from './events-list.ts';
import { addLinkCommands } from './link-program.ts';
import { listOutbox, OUTBOX_STATUSES } from './outbox-list.ts';
import { OUTBOX_KINDS, retryOutbox, type RetryRequest } from './outbox-retry.ts';
import { showOutboxRow } from './outbox-show.ts';
import { EXIT, type ExitCode, type Json, type Show } from './outcome.ts';
import { pause, resume } from './pause.ts';
import { addGroupCommands, addPersonCommands, addPurgeCommands } from './people-program.ts';
import { addPolicyCommands } from './policy-program.ts';
import { portalLink, type PortalLinkRequest } from './portal-link.ts';
import { resync } from './resync.ts';
import { listScenarios, simulate } from './simulate.ts';
import { stats } from './stats.ts';
import { status } from './status.ts';
import { addTestEventCommand } from './test-event-program.ts';
import { listWebhooks, registerWebhook } from './webhook.ts';

export interface ProgramIo {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly exit: (code: ExitCode) => void;
}

/** The commands of `dsync`. Parsing throws CommanderError for wrong usage and for help. */
export const createProgram = (deps: CommandDeps, io: ProgramIo): Command => {
  const program = new Command('dsync')
    .description('Looks at and operates Durable Directory Sync.')
    .exitOverride()
    .configureOutput({ writeOut: io.write, writeErr: io.writeError })
    .showHelpAfterError('(--help explains the command)');

  const show: Show = async (running, { json }) => {
    const { data, text, exitCode = EXIT.done } = await running;
    io.write(`${json === true ? JSON.stringify(data, null, 2) : text}\n`);
    io.exit(exitCode);
  };
  const family = (name: string, about: string): Command => program.command(name).description(about);

  add(program, 'status [directory]', 'Shows every directory, or more of one.', 'status').action(
    (directory: string | undefined, options: Json) => show(status(deps, directory), options),
  );
  add(
    program,
    'resync <directory>',
    'Reads a whole directory again.',
    'resync directory_01ABC --wait',
  )
    .option('--wait', 'follow it to its end')
    .action((directory: string, options: Json & { wait?: boolean }) =>
      show(resync(deps, { directory, wait: options.wait === true }), options),
    );
  add(
    program,
    'pause <directory>',
    'Lets the events of a directory wait; nobody loses access.',
    'pause directory_01ABC',
  ).action((directory: string, options: Json) => show(pause(deps, directory), options));
  add(
    program,
    'resume <directory>',
    'Lets a paused or frozen directory go on.',
    'resume directory_01ABC',
  ).action((directory: string, options: Json) => show(resume(deps, directory), options));
  const user = family('user', 'People.');
  addPersonCommands(user, deps, show);
  addPurgeCommands(user, deps, show);
  addGroupCommands(family('group', 'Groups.'), deps, show);
  addPolicyCommands(family('policy', 'The decisions of the application.'), deps, show);
  add(
    family('events', 'The inbox.'),
    'list',
    'Lists received events, newest first.',
    'events list --status parked --limit 50',
  )
    .option('--directory <id>', 'of one directory')
    .addOption(new Option('--status <status>', 'of one status').choices(EVENT_STATUSES))
    .option('--type <type>', 'of one type, such as dsync.user.deleted')
    .addOption(new Option('--via <way>', 'that came in one way').choices(EVENT_VIAS))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 20)
    .action((options: Json & EventFilter) => show(listEvents(deps, options), options));
  const outbox = family('outbox', 'What is to be delivered.');
  add(
    outbox,
    'list',
    'Lists what waits, was delivered or failed, newest first.',
    'outbox list --status failed',
  )
    .addOption(new Option('--status <status>', 'of one status').choices(OUTBOX_STATUSES))
    .addOption(new Option('--kind <kind>', 'of one kind').choices(OUTBOX_KINDS))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 20)
    .action((options: Json & Parameters<typeof listOutbox>[1]) =>
      show(listOutbox(deps, options), options),
    );
  add(outbox, 'show <id>', 'Shows one row, without an address.', 'outbox show webhook:…').action(
    (id: string, options: Json) => show(showOutboxRow(deps, id), options),
  );
  add(
    outbox,
    'retry [ids...]',
    'Makes rows that failed or were put off due now; asks when a mail may have been sent already.',
    'outbox retry --failed --kind webhook',
  )
    .option('--failed', 'all that failed')
    .option('--waiting', 'all that were put off after an attempt that failed')
    .addOption(
      new Option('--kind <kind>', 'with --failed or --waiting: of one kind').choices(OUTBOX_KINDS),
    )
    .option('--yes', 'do not ask')
    .action((ids: string[], options: Json & Omit<RetryRequest, 'ids'>) =>
      show(retryOutbox(deps, { ...options, ids }), options),
    );
  add(
    program,
    'stats [directory]',
    'Counts events and changes, and how long events took.',
    'stats --days 7',
  )
    .option('--days <n>', 'of the last so many days', wholeNumber(1, MOST_DAYS), 30)
    .action((directory: string | undefined, options: Json & { days: number }) =>
      show(
        stats(deps, { ...(directory === undefined ? {} : { directory }), days: options.days }),
        options,
      ),
    );
  addLinkCommands(family('link', 'Accounts that belong to directory users.'), deps, show);
  const webhook = family('webhook', 'The webhook endpoints registered in WorkOS.');
  add(
    webhook,
    'register <url>',
    'Registers the endpoint in WorkOS and shows its secret once.',
    `webhook register https://sync.example.com${WEBHOOK_PATH}`,
  ).action((url: string, options: Json) => show(registerWebhook(deps, url), options));
  add(webhook, 'list', 'Lists the endpoints, their secrets masked.', 'webhook list').action(
    (options: Json) => show(listWebhooks(deps), options),
  );
  add(
    program,
    'portal-link <organization>',
    'Makes a link with which a customer connects their directory, and mails it.',
    'portal-link org_01ABC --return-url https://app.example.com/settings',
  )
    .requiredOption('--return-url <url>', 'where the Admin Portal leads back to')
    .option('--mail-to <address>', 'mail it there; to the policy’s contact if left out')
    .action((organization: string, options: Json & Omit<PortalLinkRequest, 'organization'>) =>
      show(portalLink(deps, { ...options, organization }), options),
    );
  addTestEventCommand(program, deps, show);
  add(
    program,
    'simulate [scenario] [options...]',
    'Plays a scenario in the simulator; alone, lists the scenarios and their options.',
    'simulate leaver --user directory_user_01ABC',
  )
    .allowUnknownOption()
    .action((scenario: string | undefined, given: string[], options: Json) =>
      show(
        scenario === undefined ? listScenarios(deps) : simulate(deps, { scenario, options: given }),
        options,
      ),
    );
  add(
    program,
    'doctor',
    'Checks everything that the product needs and says what to do.',
    'doctor',
  ).action((options: Json) => show(doctor(deps), options));
  return program;
};
