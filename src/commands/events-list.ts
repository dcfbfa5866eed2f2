import type { EventDocument, EventStatus } from '../store/documents.ts';
import { eventsPage, type EventPosition, type EventRow } from '../store/list-events.ts';
import type { CommandDeps } from './command-deps.ts';
import { table, time } from './layout.ts';
import type { Outcome } from './outcome.ts';

export interface EventFilter {
  readonly directory?: string;
  readonly status?: EventStatus;
  readonly type?: string;
  readonly via?: EventDocument['via'];
  readonly limit: number;
}

/** Lists the inbox, newest first, without payloads. Changes nothing. */
export const listEvents = async (
  deps: Pick<CommandDeps, 'database' | 'now'>,
  filter: EventFilter,
): Promise<Outcome> => {
  const found = await newestEvents(deps, filter);
  return {
    data: found.map(({ _id, ...event }) => ({ id: _id, ...event })),
    text: table(
      ['received', 'id', 'type', 'directory', 'via', 'status', 'error'],
      found.map((event) => [
        time(event.receivedAt),
        event._id,
        event.type,
        event.directoryId,
        event.via,
        event.status,
        event.error,
      ]),
      'No such event.',
    ),
  };
};

const newestEvents = async (
  deps: Pick<CommandDeps, 'database' | 'now'>,
  { directory, limit, status, type, via }: EventFilter,
): Promise<readonly EventRow[]> => {
  const wanted = { directoryId: directory, status, type, via };
  const found: EventRow[] = [];
  let after: EventPosition | null = null;
  do {
    // oxlint-disable-next-line no-await-in-loop -- a page begins where the one before it ended
    const page = await eventsPage(deps.database(), {
      wanted,
      limit: limit - found.length,
      after,
      now: deps.now(),
    });
    found.push(...page.events);
    after = page.next;
  } while (after !== null && found.length < limit);
  return found;
};
