import type { ClientSession } from 'mongodb';
import {
  isAuditType,
  NO_SUBSCRIPTIONS,
  STREAM_KINDS,
  type Subscriptions,
} from '../domain/subscriptions.ts';
import type { Database } from './database.ts';

const NOTE = 'subscriptions';

/**
 * Notes whom this process tells, for processes that go by what is noted. The last one to note it
 * counts. Kinds and types only: no address, no secret.
 */
export const noteSubscriptions = async (
  database: Pick<Database, 'notedSubscriptions'>,
  { subscriptions, now }: { readonly subscriptions: Subscriptions; readonly now: Date },
): Promise<void> => {
  await database.notedSubscriptions.replaceOne(
    { _id: NOTE },
    { webhook: [...subscriptions.webhook], streams: [...subscriptions.streams], updatedAt: now },
    { upsert: true },
  );
};

/** Who is told of what this process writes: its own subscriptions, or those noted; nobody before any are. */
export const subscriptionsOf = async (
  database: Pick<Database, 'subscriptions' | 'notedSubscriptions'>,
  session?: ClientSession,
): Promise<Subscriptions> => {
  if (database.subscriptions !== 'noted') return database.subscriptions;
  const noted = await database.notedSubscriptions.findOne(
    { _id: NOTE },
    session === undefined ? {} : { session },
  );
  if (noted === null) return NO_SUBSCRIPTIONS;
  return {
    // A worker of another version may know other names.
    webhook: new Set(noted.webhook.filter((type) => isAuditType(type))),
    streams: STREAM_KINDS.filter((kind) => noted.streams.includes(kind)),
  };
};
