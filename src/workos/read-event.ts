import { DIRECTORY_EVENTS } from '../domain/directory-events.ts';
import {
  isPlainId,
  isWire,
  isWireId,
  malformed,
  NO_PLAIN_ID,
  NO_WIRE_ID,
  wireObject,
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
  if (!isWire(json)) return malformed('body', 'is not an object');
  const { id, event: type, data, created_at: createdAt } = json;
  if (!isPlainId(id)) return malformed('id', NO_PLAIN_ID);
  if (!isWireId(type)) return malformed('event', NO_WIRE_ID);
  if (!isWire(data)) return malformed('data', 'is not an object');
  const at = wireTime(createdAt);
  if (at === null) return malformed('created_at', 'is not a time');
  const path = type === 'dsync.activated' || type === 'dsync.deleted' ? 'id' : 'directory_id';
  const named =
    data[path] ??
    wireObject(data['user'])['directory_id'] ??
    wireObject(data['group'])['directory_id'];
  const directoryId = isPlainId(named) ? named : null;
  if (directoryId === null && isDirectoryEvent(type)) {
    return malformed(`data.${path}`, NO_PLAIN_ID);
  }
  return { id, type, createdAt: new Date(at), directoryId };
};

/** The person whose data an event carries, by directory user id; null when it carries nobody's. */
export const personOf = (json: unknown): string | null => {
  const event = wireObject(json);
  const data = wireObject(event['data']);
  const ofUser = data['object'] === 'directory_user' || eventTypeOf(json).startsWith('dsync.user.');
  const id = wireObject(data['user'])['id'] ?? (ofUser ? data['id'] : null);
  return isWireId(id) ? id : null;
};

/** The id of an event whose envelope may be malformed; null where there is none to use. */
export const eventIdOf = (json: unknown): string | null => {
  const id = wireObject(json)['id'];
  return isPlainId(id) ? id : null;
};

/** The type of an event whose envelope may be malformed; `unknown` where there is none to use. */
export const eventTypeOf = (json: unknown): string => {
  const type = wireObject(json)['event'];
  return isWireId(type) ? type : 'unknown';
};
