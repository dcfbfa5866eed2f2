import type { EventStatus } from '../store/documents.ts';
import type { CommandDeps } from './command-deps.ts';
import { table, time } from './layout.ts';
import type { Outcome } from './outcome.ts';

export const EVENT_STATUSES = ['pending', 'applied', 'ignored', 'parked'] as const;

export interface EventFilter {
  readonly directory?: string;
  readonly status?: EventStatus;
  readonly type?: string;
  readonly limit: number;
}

/** Lists the inbox, newest first, without payloads. Changes nothing. */
export const listEvents = async (
  deps: Pick<CommandDeps, 'database'>,
  { directory, status, type, limit }: EventFilter,
): Promise<Outcome> => {
  const found = await deps
    .database()
    .events.find(
      {
        ...(directory === undefined ? {} : { directoryId: directory }),
        ...(status === undefined ? {} : { status }),
        ...(type === undefined ? {} : { type }),
      },
      { projection: { payload: 0 } },
    )
    .sort({ receivedAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
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
