import { pino } from 'pino';
import { createApplyPending } from '../../activities/apply-pending.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { Pace } from '../../activities/page-pace.ts';
import { WorkosError, type WorkosFailure } from '../../src/workos/failure.ts';
import type { Listings, Page } from '../../src/workos/list-pages.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { testDatabase } from '../support/servers.ts';

export const DIRECTORY = 'directory_1';

/** A moment that many seconds after the start of the test's time. */
export const at = (seconds: number): Date =>
  new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000);

/** A person as the wire shows them. */
export const person = (id: string) => ({
  id,
  directory_id: DIRECTORY,
  state: 'active',
  email: `${id}@example.org`,
  updated_at: at(0).toISOString(),
});

/** A group as the wire shows it. */
export const group = (id: string) => ({
  id,
  directory_id: DIRECTORY,
  name: id,
  updated_at: at(0).toISOString(),
});

/** A page of a listing. */
export const page = (data: Page['data'], after: string | null = null): Page => ({
  data,
  after,
  date: at(1000).getTime(),
});

/** An answer that refuses. */
export const refusal = (failure: WorkosFailure): WorkosError => new WorkosError(failure);

const unexpected = () => Promise.reject(new Error('Nobody should ask for this listing.'));

/** Nobody waits for a turn. */
const AT_ONCE: Pace = {
  users: (_directoryId, request) => request(),
  groups: (_directoryId, request) => request(),
};

/** Activities' dependencies on a database of their own, with events to tell and listings to answer. */
export const syncedDirectory = async (name: string) => {
  const own = await testDatabase(name);
  const database = openDatabase(own.uri);
  await ensureIndexes(database);
  const clock = { now: at(1000) };
  const now = () => clock.now;
  const inbox = createInbox({ database, now });
  const listings: { -readonly [Kind in keyof Listings]: Listings[Kind] } = {
    directory: unexpected,
    user: unexpected,
    group: unexpected,
    users: unexpected,
    groups: unexpected,
    events: unexpected,
  };
  const deps: Dependencies = {
    database,
    inbox,
    listings,
    pace: AT_ONCE,
    log: pino({ level: 'silent' }),
    now,
    pause: () => Promise.resolve(),
    wake: { directory: () => {}, outbox: () => {}, retention: () => Promise.resolve() },
    pollIntervalMs: 1,
  };
  const applyPending = createApplyPending(deps);
  return {
    uri: own.uri,
    database,
    deps,
    listings,
    clock,
    /** Stores an event as pending; its id ends with its second, unless it is given. */
    accept: (
      type: string,
      second: number,
      data: Record<string, unknown>,
      id = `event_${second}`,
    ) => {
      const event = { id, event: type, created_at: at(second).toISOString() };
      return inbox.accept({
        id: event.id,
        type,
        createdAt: at(second),
        directoryId: DIRECTORY,
        relevant: true,
        payload: { ...event, data },
        via: 'webhook',
      });
    },
    /** Applies until nothing more can be. */
    drain: async (): Promise<void> => {
      while ((await applyPending({ directoryId: DIRECTORY })).more);
    },
    async [Symbol.asyncDispose]() {
      await database.client.close();
      await own[Symbol.asyncDispose]();
    },
  };
};
