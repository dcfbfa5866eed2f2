import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { readIncoming } from '../src/workos/read-incoming.ts';
import { WorkosError } from '../src/workos/failure.ts';
import type { Page } from '../src/workos/list-pages.ts';
import { wireText } from '../src/workos/wire.ts';
import { DIRECTORY_EVENTS } from '../src/domain/directory-events.ts';
import { moveCursor, readCursor } from '../src/store/cursor.ts';
import { oweEveryBackfill } from '../src/store/owed-backfills.ts';
import type { Dependencies } from './dependencies.ts';

const REFUSED_MS = 60_000;
/** One stint of polling; then the workflow gets a look. */
const STINT_MS = 10 * 60_000;
/** Events show some seconds late, so the last minutes are read again now and then. */
const OVERLAP_MS = 5 * 60_000;
const OVERLAP_EVERY_MS = 60_000;
/** A long interval is waited for in parts, each shorter than the heartbeat's limit. */
const BEAT_MS = 20_000;

/** What polling needs of its activity. */
export interface PollContext {
  readonly heartbeat: () => void;
  readonly isCancelled: () => boolean;
}

/** What one stint brought. */
export interface Polled {
  readonly pages: number;
  readonly accepted: number;
}

/**
 * Reads the Events API page after page for about ten minutes, waiting `pollIntervalMs` when there is
 * nothing new. Each page is stored in the inbox before the cursor moves past it; a repeat goes on at
 * the stored cursor. A cursor that WorkOS no longer knows is cleared: what is retained is read
 * again, and every directory owes a backfill for what is not.
 */
export const createPollEvents =
  (deps: Dependencies, context: () => PollContext) => async (): Promise<Polled> => {
    const { heartbeat, isCancelled } = context();
    const started = deps.now().getTime();
    const total = { pages: 0, accepted: 0 };
    const isOver = () => isCancelled() || deps.now().getTime() - started >= STINT_MS;
    let overlapAt = started;
    while (!isOver()) {
      heartbeat();
      const page = await patiently(() => pollPage(deps));
      total.pages += 1;
      total.accepted += page.accepted;
      if (page.more) continue;
      if (deps.now().getTime() >= overlapAt) {
        total.accepted += await patiently(() => readOverlap(deps, heartbeat));
        overlapAt = deps.now().getTime() + OVERLAP_EVERY_MS;
      }
      const next = deps.now().getTime() + deps.pollIntervalMs;
      for (let left = deps.pollIntervalMs; left > 0 && !isOver();) {
        await deps.pause(Math.min(left, BEAT_MS));
        heartbeat();
        left = next - deps.now().getTime();
      }
    }
    return total;
  };

const pollPage = async (
  deps: Dependencies,
): Promise<{ readonly accepted: number; readonly more: boolean }> => {
  const { database, listings, now } = deps;
  const after = await readCursor(database);
  let page: Page;
  try {
    page = await listings.events({ events: DIRECTORY_EVENTS, after });
  } catch (error) {
    if (after === null || !isUnknownCursor(error)) throw error;
    deps.log.warn({ code: 'cursor-expired' }, 'poll cursor cleared');
    // Owed first: a crash in between repeats this, where the other order would forget the debt.
    const owing = await oweEveryBackfill(database);
    await moveCursor(database, { from: after, to: null, now: now() });
    for (const directory of owing) deps.wake.directory(directory);
    return { accepted: 0, more: true };
  }
  const accepted = await storePage(deps, page);
  const last = page.data.at(-1);
  const next = page.after ?? wireText(last?.['id']);
  if (next !== null) await moveCursor(database, { from: after, to: next, now: now() });
  return { accepted, more: page.after !== null };
};

/** Reads the last minutes once more, without the cursor; the inbox knows what it has seen. */
const readOverlap = async (deps: Dependencies, heartbeat: () => void): Promise<number> => {
  const since = Math.max(OVERLAP_MS, 2 * deps.pollIntervalMs);
  const rangeStart = new Date(deps.now().getTime() - since).toISOString();
  let accepted = 0;
  let page = await deps.listings.events({ events: DIRECTORY_EVENTS, rangeStart });
  accepted += await storePage(deps, page);
  while (page.after !== null) {
    heartbeat();
    page = await deps.listings.events({ events: DIRECTORY_EVENTS, after: page.after });
    accepted += await storePage(deps, page);
  }
  return accepted;
};

const storePage = async (deps: Dependencies, page: Page): Promise<number> => {
  const read = page.data.map((wire) =>
    readIncoming(wire, {
      via: 'poll' as const,
      hash: () => createHash('sha256').update(JSON.stringify(wire)).digest('hex'),
    }),
  );
  for (const one of read) if ('reason' in one) await deps.inbox.parkMalformed(one);
  const { accepted, directories } = await deps.inbox.acceptMany(
    read.flatMap((one) => ('reason' in one ? [] : [one])),
  );
  for (const directory of directories) deps.wake.directory(directory);
  return accepted.length;
};

/** A refusal ends a backfill, but the poller waits until somebody mends it. */
const patiently = async <Result>(read: () => Promise<Result>): Promise<Result> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof WorkosError)) throw error;
    const { kind } = error.failure;
    if (kind !== 'unauthorized' && kind !== 'not-found' && kind !== 'bad-request') throw error;
    throw ApplicationFailure.create({
      type: error.code,
      message: `WorkOS refused the poll: ${kind}.`,
      nextRetryDelay: REFUSED_MS,
    });
  }
};

/**
 * WorkOS answers 400 for a cursor that it no longer knows, and for a type of event that it never knew.
 * Any other refusal says nothing of the cursor, and a backfill of everything would not mend it.
 */
const isUnknownCursor = (error: unknown): boolean =>
  error instanceof WorkosError &&
  error.failure.kind === 'bad-request' &&
  error.failure.status === 400 &&
  error.failure.code !== 'invalid_events_request';
