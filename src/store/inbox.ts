import { isDeepStrictEqual } from 'node:util';
import { MongoBulkWriteError } from 'mongodb';
import { DATED_AHEAD, isDatedAhead } from '../domain/dated-ahead.ts';
import { personOf } from '../domain/payload-person.ts';
import type { Database } from './database.ts';
import type { EventDocument } from './documents.ts';
import { subscriptionsOf } from './subscriptions-of.ts';
import { transact } from './transact.ts';
import { isDuplicateKey, isRefusedDocument } from './write-errors.ts';
import { streamEvents } from './write-outbox.ts';

/** The way an event came in. */
export type Via = EventDocument['via'];

/** An event whose envelope was read. */
export interface IncomingEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: Date;
  readonly directoryId: string | null;
  /** Whether it changes anything; others are stored and settled as ignored. */
  readonly relevant: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly via: Via;
}

/** Something with a good signature that is no event. */
export interface MalformedEvent {
  readonly id: string;
  readonly type: string;
  /** A stable code and a field path; never a value. */
  readonly reason: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly via: Via;
}

export type Accepted = 'accepted' | 'duplicate';

/** The queue and the ledger of events: each id is stored once, for as long as it can come again. */
export interface Inbox {
  /**
   * Stores an event durably; throws when MongoDB cannot. One dated far ahead is stored as parked. A
   * second call answers `duplicate`, but a sound copy takes the place of one that was parked for what
   * it was, and counts as new.
   */
  readonly accept: (event: IncomingEvent) => Promise<Accepted>;
  /** Stores many at once; answers the ones that were new, and their directories to wake. */
  readonly acceptMany: (events: readonly IncomingEvent[]) => Promise<{
    readonly accepted: readonly string[];
    readonly directories: readonly string[];
  }>;
  /** Stores what is no event, parked for a person to look at. A second call answers `duplicate`. */
  readonly parkMalformed: (event: MalformedEvent) => Promise<Accepted>;
}

const UNSTORABLE = 'payload-unstorable: the payload has keys or a depth that MongoDB refuses';
/** Parked for what the copy was, so that another copy of the event may do better. */
const BAD_COPY = { status: 'parked', error: /^(payload|dated)-/ } as const;

/** The inbox in `database`; `now` dates the receipt. */
export const createInbox = (options: {
  readonly database: Database;
  readonly now: () => Date;
}): Inbox => {
  const { database, now } = options;
  const { events } = database;

  /** False when the id is there already. An event that nobody will settle is told to the streams. */
  const isStored = async (document: EventDocument): Promise<boolean> => {
    if (document.status !== 'pending' && (await hasStreams(database)))
      return insertSettled(database, document);
    try {
      await events.insertOne(document);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  };

  // Insert first, on the unique id: two servers that look before they write would both write.
  const insert = async (document: EventDocument): Promise<Accepted> => {
    try {
      if (await isStored(document)) return 'accepted';
      return document.status === 'parked' ? 'duplicate' : await replaceBadCopy(document);
    } catch (error) {
      if (document.payload === undefined || !isRefusedDocument(error)) throw error;
      // The person's id stays: what may show their return holds their purge.
      const { payload: _refused, ...rest } = document;
      return insert({ ...rest, status: 'parked', settledAt: now(), error: UNSTORABLE });
    }
  };

  const replaceBadCopy = async (document: EventDocument): Promise<Accepted> => {
    const bad = { _id: document._id, ...BAD_COPY };
    const parked = await events.findOne(bad, { projection: { payload: 1 } });
    // The same copy again would be parked again, and again with every overlap of the poll.
    if (parked === null || isDeepStrictEqual(parked.payload, document.payload)) return 'duplicate';
    try {
      const replaced = await events.replaceOne(bad, document);
      return replaced.matchedCount === 1 ? 'accepted' : 'duplicate';
    } catch (error) {
      if (isRefusedDocument(error)) return 'duplicate';
      throw error;
    }
  };

  const incoming = (event: IncomingEvent): EventDocument => {
    const receivedAt = now();
    const { id, relevant, payload, ...rest } = event;
    const ahead = relevant && isDatedAhead(event.createdAt.getTime(), receivedAt.getTime());
    const status = ahead ? 'parked' : relevant ? 'pending' : 'ignored';
    return {
      _id: id,
      ...rest,
      receivedAt,
      status,
      settledAt: status === 'pending' ? null : receivedAt,
      attempts: 0,
      error: ahead ? DATED_AHEAD : null,
      ...withPerson(payload),
    };
  };

  const insertMany = async (documents: readonly EventDocument[]): Promise<readonly string[]> => {
    const settled = documents.filter(({ status }) => status !== 'pending');
    const told = settled.length > 0 && (await hasStreams(database)) ? settled : [];
    const plain = documents.filter((document) => !told.includes(document));
    const acceptedOfTold = await insertEach(told);
    if (plain.length === 0) return acceptedOfTold;
    try {
      await events.insertMany(plain, { ordered: false });
      return [...acceptedOfTold, ...plain.map(idOf)];
    } catch (error) {
      // Another server stores the same page, or one document is refused: settle each by itself.
      if (!isDuplicateKey(error) && !isRefusedDocument(error)) throw error;
      const inserted = new Set(insertedBeside(error, plain));
      const rest = plain.filter(({ _id }) => !inserted.has(_id));
      return [...acceptedOfTold, ...inserted, ...(await insertEach(rest))];
    }
  };

  const insertEach = async (documents: readonly EventDocument[]): Promise<readonly string[]> => {
    const outcomes = await Promise.all(
      documents.map(async (document) => [idOf(document), await insert(document)] as const),
    );
    return outcomes.flatMap(([id, outcome]) => (outcome === 'accepted' ? [id] : []));
  };

  return {
    accept: (event) => insert(incoming(event)),

    async acceptMany(many) {
      if (many.length === 0) return { accepted: [], directories: [] };
      const documents = [...new Map(many.map((event) => [event.id, incoming(event)])).values()];
      const ids = documents.map(({ _id }) => _id);
      const found = await events
        .find({ _id: { $in: ids } }, { projection: { status: 1, error: 1 } })
        .toArray();
      const known = new Set(found.filter((one) => !isBadCopy(one)).map(({ _id }) => _id));
      const accepted = await insertMany(documents.filter(({ _id }) => !known.has(_id)));
      const woken = documents.filter(
        ({ _id, status }) => accepted.includes(_id) && status === 'pending',
      );
      return {
        accepted,
        directories: [...new Set(woken.flatMap(({ directoryId }) => directoryId ?? []))],
      };
    },

    parkMalformed({ id, type, reason, payload, via }) {
      const receivedAt = now();
      return insert({
        _id: id,
        directoryId: null,
        type,
        createdAt: receivedAt,
        receivedAt,
        via,
        status: 'parked',
        settledAt: receivedAt,
        attempts: 0,
        error: reason,
        ...(payload === undefined ? {} : withPerson(payload)),
      });
    },
  };
};

const hasStreams = async (database: Database): Promise<boolean> =>
  (await subscriptionsOf(database)).streams.length > 0;

/** Stores an event that is settled at once, and tells the streams, in one transaction. */
const insertSettled = (database: Database, document: EventDocument): Promise<boolean> =>
  transact(database, async (session, attempt) => {
    const { _id, directoryId } = document;
    const stored = await database.events.findOne({ _id }, { session, projection: { _id: 1 } });
    if (stored !== null) return false;
    await database.events.insertOne(document, { session });
    const now = document.settledAt ?? document.receivedAt;
    await streamEvents({ database, session, now, attempt }, { directoryId, ids: [_id] });
    return true;
  });

const isBadCopy = ({ status, error }: Pick<EventDocument, 'status' | 'error'>): boolean =>
  status === BAD_COPY.status && BAD_COPY.error.test(error ?? '');

/** A payload with the id of the person whose data it has, so that a purge finds it. */
const withPerson = (
  payload: Readonly<Record<string, unknown>>,
): Pick<EventDocument, 'payload' | 'directoryUserId'> => {
  const person = personOf(payload);
  return { payload, ...(person === null ? {} : { directoryUserId: person }) };
};

const idOf = ({ _id }: EventDocument): string => _id;

const insertedBeside = (error: unknown, documents: readonly EventDocument[]): readonly string[] => {
  if (!(error instanceof MongoBulkWriteError)) return [];
  const failed = new Set([error.writeErrors].flat().map(({ index }) => index));
  return documents.flatMap(({ _id }, index) => (failed.has(index) ? [] : [_id]));
};
