import { DATED_AHEAD, isDatedAhead } from '../src/domain/dated-ahead.ts';
import { frozenUntil } from '../src/domain/directory.ts';
import { directoryId as directory, eventId } from '../src/domain/ids.ts';
import type { Told } from '../src/domain/told.ts';
import { applyBatch, type Batch, type BatchOutcome } from '../src/store/apply-batch.ts';
import { newDirectory } from '../src/store/new-directory.ts';
import type { EventDocument } from '../src/store/documents.ts';
import { readDuties, type Duties } from '../src/store/duties.ts';
import { pendingEvents } from '../src/store/pending-events.ts';
import { knownDirectory } from '../src/store/stored-record.ts';
import type { SettledEvent } from '../src/store/settle-events.ts';
import { isDirectoryEvent } from '../src/workos/read-event.ts';
import { observationsOf } from '../src/workos/read-observations.ts';
import { applySplit } from './apply-split.ts';
import type { Dependencies } from './dependencies.ts';
import { isPermanentWriteFailure } from './failures.ts';

const BATCH = 500;
/** A poll may bring events of some megabytes each, and a transaction must stay short. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** Events settled by one call, and what the directory still owes once it is drained. */
export interface Applied {
  readonly settled: number;
  /** Whether another call has more to apply. */
  readonly more: boolean;
  /** Whether the directory was activated, so that its backfill is due at once. */
  readonly activated?: boolean;
  /** Null while there is more: what is owed then changes with the next batch. */
  readonly duties: Duties | null;
}

/**
 * Applies the directory's next events, up to 500 or four megabytes, in order, in one transaction,
 * and says what is left to do. A repeat finds them settled and goes on with the next. An event that
 * cannot be written is parked alone; the rest of its batch is applied.
 */
export const createApplyPending =
  ({ database, log, now, wake }: Dependencies) =>
  async (input: { readonly directoryId: string }): Promise<Applied> => {
    const id = directory(input.directoryId);
    const stored = await database.directories.findOne({ _id: id });
    const known = knownDirectory(stored ?? newDirectory(id));
    const frozen = frozenUntil(known);
    const waiting = known.paused
      ? { events: [], more: false }
      : await pendingEvents(database, {
          directoryId: id,
          limit: BATCH,
          bytes: BATCH_BYTES,
          frozen,
        });

    const events = upToDeletion(waiting.events);

    const apply = (batch: Omit<Batch, 'directoryId' | 'now'>): Promise<BatchOutcome> =>
      applyBatch(database, { directoryId: id, now, ...batch });
    const outcomes =
      events.length === 0
        ? []
        : await applySplit(events, {
            together: (batch) => {
              const seenAt = batch === events ? (stored?.sync.rev ?? null) : null;
              return apply({ seenAt, ...readBatch(batch, now()) });
            },
            alone: async (event, code) => {
              // It may be the roles of one account of many: the event itself must not wait for those.
              const applied = await apply({ ...readBatch([event], now()), rolesLater: true }).catch(
                (error: unknown) => {
                  if (isPermanentWriteFailure(error)) return null;
                  throw error;
                },
              );
              if (applied !== null) return applied;
              log.error({ directoryId: id, eventId: event._id, code }, 'event parked');
              const error = `write-failed: ${code}`;
              return apply({
                told: [],
                settle: [{ ...settledAs(event), status: 'parked', error }],
              });
            },
          });
    if (outcomes.some((outcome) => outcome.mails > 0)) wake.outbox();
    // A deletion or an activation of the directory decides anew which events wait.
    const activated = outcomes.some((outcome) => outcome.activated);
    const decided = activated || events.at(-1)?.type === 'dsync.deleted';
    const paused = outcomes.some((outcome) => outcome.paused);
    const more = !paused && (waiting.more || decided);
    return {
      settled: outcomes.reduce((sum, { settled }) => sum + settled, 0),
      more,
      activated,
      duties: more ? null : await readDuties(database, id, now()),
    };
  };

/** The events up to a deletion of the directory: it may freeze it, and then the newer ones wait. */
const upToDeletion = (events: readonly EventDocument[]): readonly EventDocument[] => {
  const deletion = events.findIndex((event) => event.type === 'dsync.deleted');
  return deletion < 0 ? events : events.slice(0, deletion + 1);
};

/** Turns inbox rows into what they tell; a row that tells nothing readable is settled as parked. */
const readBatch = (
  events: readonly EventDocument[],
  now: Date,
): {
  readonly told: readonly Told[];
  readonly settle: readonly SettledEvent[];
  readonly lastEventAt: Date | null;
} => {
  const told: Told[] = [];
  const settle: SettledEvent[] = [];
  for (const event of events) {
    const id = eventId(event._id);
    const settled = settledAs(event);
    if (!isDirectoryEvent(event.type)) {
      settle.push({ ...settled, status: 'ignored', error: null });
      continue;
    }
    const ahead = isDatedAhead(event.createdAt.getTime(), now.getTime());
    const read = ahead ? { problem: DATED_AHEAD } : observationsOf(event.payload ?? {});
    if ('problem' in read) {
      settle.push({ ...settled, status: 'parked', error: read.problem });
      continue;
    }
    told.push({ cause: { event: id, key: id }, observations: read });
    settle.push({ ...settled, status: 'applied', error: null });
  }
  const last = events.findLast(
    ({ createdAt, via }) => via !== 'test' && !isDatedAhead(createdAt.getTime(), now.getTime()),
  );
  return { told, settle, lastEventAt: last?.createdAt ?? null };
};

/** What an inbox row gives to its settlement, however it ends. */
const settledAs = ({
  _id,
  type,
  receivedAt,
  via,
}: EventDocument): Pick<SettledEvent, 'id' | 'counted'> => ({
  id: eventId(_id),
  counted: via === 'test' ? null : { type, receivedAt },
});
