import { isObject } from '../domain/json-object.ts';
import {
  eventIdOf,
  eventTypeOf,
  isDirectoryEvent,
  readEnvelope,
  type Envelope,
} from './read-event.ts';
import { isMalformed, type Wire } from './wire.ts';

/** How a payload came, and what stands for its id where it names none: the SHA-256 of its bytes, in hex. */
export interface Arrival<Via> {
  readonly via: Via;
  readonly hash: () => string;
}

/** An event as the inbox accepts it. */
export interface SoundPayload<Via> extends Envelope {
  /** Whether it changes people, groups or directories. */
  readonly relevant: boolean;
  readonly payload: Wire;
  readonly via: Via;
}

/** What is no event, as the inbox parks it: under its own id, if it has one to use, or under its hash. */
export interface MalformedPayload<Via> {
  readonly id: string;
  readonly type: string;
  /** A stable code and a field path; never a value. */
  readonly reason: string;
  readonly payload?: Wire;
  readonly via: Via;
}

/** Reads a payload from a webhook or from the Events API for the inbox; only a malformed one has a `reason`. */
export const readIncoming = <Via extends string>(
  json: unknown,
  { via, hash }: Arrival<Via>,
): SoundPayload<Via> | MalformedPayload<Via> => {
  const envelope = readEnvelope(json);
  const payload = isObject(json) ? json : null;
  if (isMalformed(envelope)) {
    const id = eventIdOf(json) ?? `body:${hash()}`;
    const parked = { id, type: eventTypeOf(json), reason: envelope.problem, via };
    return payload === null ? parked : { ...parked, payload };
  }
  return {
    ...envelope,
    relevant: isDirectoryEvent(envelope.type),
    payload: payload ?? {},
    via,
  };
};
