import { DIRECTORY_EVENTS } from '../domain/directory-events.ts';
import { isRecordId } from '../domain/ids.ts';
import { isObject, objectIn } from '../domain/json-object.ts';
import {
  isPlainId,
  malformed,
  NO_PLAIN_ID,
  NO_RECORD_ID,
  wireTime,
  type Malformed,
} from './wire.ts';

export type DirectoryEventType = (typeof DIRECTORY_EVENTS)[number];

/** What every event has, whatever its type. */
export interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly createdAt: Date;
  /** Always there for the ten directory events; null where another type names none. */
  readonly directoryId: string | null;
}

/** Whether an event of this type changes people, groups or directories. */
export const isDirectoryEvent = (type: string): type is DirectoryEventType =>
  DIRECTORY_EVENTS.some((one) => one === type);

/**
 * Reads the envelope of an event from a webhook or from the Events API. Requires only `id`,
 * `event`, `data` and `created_at`, and of the ten directory events that they name a directory.
 */
export const readEnvelope = (json: unknown): Envelope | Malformed => {
  if (!isObject(json)) return malformed('body', 'is not an object');
  const { id, event: type, data, created_at: createdAt } = json;
  if (!isPlainId(id)) return malformed('id', NO_PLAIN_ID);
  if (!isRecordId(type)) return malformed('event', NO_RECORD_ID);
  if (!isObject(data)) return malformed('data', 'is not an object');
  const at = wireTime(createdAt);
  if (at === null) return malformed('created_at', 'is not a time');
  const path = type === 'dsync.activated' || type === 'dsync.deleted' ? 'id' : 'directory_id';
  const named =
    data[path] ?? objectIn(data['user'])['directory_id'] ?? objectIn(data['group'])['directory_id'];
  const directoryId = isPlainId(named) ? named : null;
  if (directoryId === null && isDirectoryEvent(type)) {
    return malformed(`data.${path}`, NO_PLAIN_ID);
  }
  return { id, type, createdAt: new Date(at), directoryId };
};

/** The id of an event whose envelope may be malformed; null where there is none to use. */
export const eventIdOf = (json: unknown): string | null => {
  const id = objectIn(json)['id'];
  return isPlainId(id) ? id : null;
};

/** The type of an event whose envelope may be malformed; `unknown` where there is none to use. */
export const eventTypeOf = (json: unknown): string => {
  const type = objectIn(json)['event'];
  return isRecordId(type) ? type : 'unknown';
};
