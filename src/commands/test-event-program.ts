import { Argument, type Command } from 'commander';
import { add } from './add-command.ts';
import type { CommandDeps } from './command-deps.ts';
import { TEST_EVENT_TYPES, type TestEventType } from './invent-event.ts';
import { EXIT, Refused, type Json, type Outcome, type Show } from './outcome.ts';
import { removeTestEvents } from './remove-test-events.ts';
import { sendTestEvent, type TestEventRequest } from './send-test-event.ts';

type Given = Json &
  Omit<TestEventRequest, 'type'> & { readonly remove?: string | true; readonly all?: boolean };

/** Adds the command that sends test events and removes them again. */
export const addTestEventCommand = (program: Command, deps: CommandDeps, show: Show): void => {
  add(
    program,
    'send-test-event',
    'Signs a test event and posts it to the running server, or removes test events again.',
    'send-test-event dsync.user.created --directory directory_01ABC',
  )
    .addArgument(new Argument('[type]', 'the type of the event').choices(TEST_EVENT_TYPES))
    .option(
      '--directory <id>',
      'the directory; the only one, or for its own events an invented one',
    )
    .option('--user <id>', 'a directory user id; an invented one if left out')
    .option('--group <id>', 'a directory group id; an invented one if left out')
    .option('--email <address>', 'the address of an invented person; none if left out')
    .option('--url <url>', 'post it there, such as to the address that WorkOS uses')
    .option('--remove [event]', 'remove this test event, with all that it invented')
    .option('--all', 'with --remove: all test events')
    .option('--yes', 'do not ask')
    .action((type: TestEventType | undefined, given: Given) => show(run(deps, type, given), given));
};

const run = async (
  deps: CommandDeps,
  type: TestEventType | undefined,
  { remove, all, ...rest }: Given,
): Promise<Outcome> => {
  if (type !== undefined && remove === undefined && all === undefined) {
    return sendTestEvent(deps, { ...rest, type });
  }
  if (type !== undefined) throw usage('Name a type to send, or use --remove; not both.');
  if (remove === undefined) throw usage('Name the type of an event to send, or use --remove.');
  if ((remove === true) !== (all === true)) {
    throw usage('--remove takes the id of one test event, or --all.');
  }
  const yes = rest.yes === true;
  return removeTestEvents(deps, remove === true ? { yes } : { event: remove, yes });
};

const usage = (sentence: string): Refused => new Refused(sentence, EXIT.usage);
