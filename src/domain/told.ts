import type { EventId } from './ids.ts';
import type { Observation } from './observation.ts';

/** Why something is observed: an event, or a listing (then without an event). */
export interface Cause {
  readonly event: EventId | null;
  /** Names the cause in deterministic ids: the event id, or the listing's own name. */
  readonly key: string;
}

/** Observations that one cause brought. */
export interface Told {
  readonly cause: Cause;
  readonly observations: readonly Observation[];
}
