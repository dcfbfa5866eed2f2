import {
  isAlive,
  joinLifecycles,
  lastDeletion,
  seenAlive,
  seenDeleted,
  UNSEEN,
} from './lifecycle.ts';
import type { Lifecycle } from './lifecycle.ts';
import { isNewer, newest, type Version } from './version.ts';

/** Content with the version that brought it; the newest by (`updatedAt`, version) stands. */
export interface Dated<Content> {
  readonly version: Version;
  readonly updatedAt: number;
  readonly content: Content;
}

/**
 * A directory user or a group: the join of everything observed of it.
 * `listed` is the fence of the last complete read of its memberships (a person's groups, a group's
 * members). `readAfter` is the newest moment after which those memberships must be read again.
 */
export interface JoinedRecord<Content> {
  readonly life: Lifecycle;
  readonly dated: Dated<Content> | null;
  readonly listed: Version | null;
  readonly readAfter: Version | null;
}

/** A record of which nothing was observed. */
export const unseenRecord = {
  life: UNSEEN,
  dated: null,
  listed: null,
  readAfter: null,
} as const;

type Sighting<Content> = { readonly version: Version } & (
  | { readonly shows: 'alive'; readonly content: Content }
  | { readonly shows: 'deleted' }
);

/** The record after one more observation of it. */
export const observe = <Content extends { readonly updatedAt: number }>(
  record: JoinedRecord<Content>,
  seen: Sighting<Content>,
): JoinedRecord<Content> =>
  seen.shows === 'alive'
    ? {
        ...record,
        life: seenAlive(record.life, seen.version),
        dated: newerContent(record.dated, {
          version: seen.version,
          updatedAt: seen.content.updatedAt,
          content: seen.content,
        }),
      }
    : { ...record, life: seenDeleted(record.life, seen.version) };

/** The record after a complete read of its memberships that began at `fence`. */
export const observeRead = <Content>(
  record: JoinedRecord<Content>,
  fence: Version,
): JoinedRecord<Content> => ({ ...record, listed: newest(record.listed, fence) });

/** The record once its memberships must be read by a listing newer than `version` (B3). */
export const oweRead = <Content>(
  record: JoinedRecord<Content>,
  version: Version,
): JoinedRecord<Content> => ({ ...record, readAfter: newest(record.readAfter, version) });

/** The join of two records of the same thing: commutative, associative, idempotent. */
export const joinRecords = <Content>(
  a: JoinedRecord<Content>,
  b: JoinedRecord<Content>,
): JoinedRecord<Content> => ({
  life: joinLifecycles(a.life, b.life),
  dated: newerContent(a.dated, b.dated),
  listed: newest(a.listed, b.listed),
  readAfter: newest(a.readAfter, b.readAfter),
});

/**
 * The record as seen from a directory whose last complete listing began at `fence`: whatever that
 * listing did not show alive, it showed absent. An observation that arrives after such a listing
 * but is older than it can therefore not bring anybody back.
 */
export const observeListing = <Content>(
  record: JoinedRecord<Content>,
  fence: Version | null,
): JoinedRecord<Content> =>
  isNewer(fence, record.life.alive) && fence !== null && record.life.alive !== null
    ? { ...record, life: seenDeleted(record.life, fence) }
    : record;

/**
 * The record as seen from a directory whose deletion at `end` took everybody's access: whoever was
 * last seen before it left with it. Who had left earlier keeps their own moment and reason.
 */
export const observeEnd = <Content>(
  record: JoinedRecord<Content>,
  end: Version | null,
): JoinedRecord<Content> => (isAlive(record.life) ? observeListing(record, end) : record);

/**
 * Whether the record's memberships must be read from the API: it is alive, and its last deletion
 * (or its last activation) is not older than the last complete read of them. Deletions may have
 * been deactivations, and directories announce no membership when the record returns.
 */
export const owesRead = <Content>(
  record: JoinedRecord<Content>,
  directoryListed: Version | null,
): boolean => {
  const due = readDue(record);
  const read = newest(record.listed, directoryListed);
  return isAlive(record.life) && due !== null && !isNewer(read, due);
};

/** The moment that a read of the record's memberships must be newer than; null when none is needed. */
export const readDue = (record: JoinedRecord<unknown>): Version | null =>
  newest(lastDeletion(record.life), record.readAfter);

const newerContent = <Content>(
  a: Dated<Content> | null,
  b: Dated<Content> | null,
): Dated<Content> | null => {
  if (a === null || b === null) return a ?? b;
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt ? a : b;
  return isNewer(b.version, a.version) ? b : a;
};
