import type { Database } from './database.ts';
import type { AuditDocument, EventDocument, OutboxDocument, StreamedIds } from './documents.ts';

/** An event as far as it is streamed: never its payload. */
export type StreamedEvent = Pick<
  EventDocument,
  '_id' | 'type' | 'directoryId' | 'status' | 'receivedAt' | 'settledAt' | 'via' | 'error'
>;

/** What stands in the database under streamed ids; what has been erased meanwhile is missing. */
export interface Streamed {
  readonly audit: ReadonlyMap<string, AuditDocument>;
  readonly events: ReadonlyMap<string, StreamedEvent>;
  readonly effects: ReadonlyMap<string, OutboxDocument>;
  /** The organization of each directory that they name. */
  readonly organizations: ReadonlyMap<string, string | null>;
}

const EVENT_FIELDS = {
  type: 1,
  directoryId: 1,
  status: 1,
  receivedAt: 1,
  settledAt: 1,
  via: 1,
  error: 1,
} as const;

/** Reads what is to be streamed, in a few round trips. Changes nothing. */
export const readStreamed = async (
  database: Database,
  ids: readonly StreamedIds[],
): Promise<Streamed> => {
  const all = (kind: keyof StreamedIds) => ({ _id: { $in: ids.flatMap((one) => one[kind]) } });
  const [audit, events, effects] = await Promise.all([
    database.auditLog.find(all('audit')).toArray(),
    database.events.find<StreamedEvent>(all('events'), { projection: EVENT_FIELDS }).toArray(),
    database.outbox.find(all('effects'), { projection: { to: 0, variables: 0 } }).toArray(),
  ]);
  const named = new Set([...events, ...effects].map(({ directoryId }) => directoryId));
  const directories = await database.directories
    .find(
      { _id: { $in: [...named].filter((id) => id !== null) } },
      { projection: { organizationId: 1 } },
    )
    .toArray();
  return {
    audit: byId(audit),
    events: byId(events),
    effects: byId(effects),
    organizations: new Map(directories.map(({ _id, organizationId }) => [_id, organizationId])),
  };
};

const byId = <Document extends { readonly _id: string }>(
  documents: readonly Document[],
): ReadonlyMap<string, Document> => new Map(documents.map((one) => [one._id, one]));
