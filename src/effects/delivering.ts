import type { LaneKind } from '../domain/subscriptions.ts';

/** What one go at a lane of the outbox did. */
export interface Delivered {
  /** Rows that were taken; none when nothing is due. */
  readonly claimed: number;
  readonly delivered: number;
  readonly failed: number;
  readonly retried: number;
  /** How long the receiver must be left alone now; 0: go on. */
  readonly restMs: number;
}

/** A go that found nothing to do. */
export const NOTHING_DUE: Delivered = {
  claimed: 0,
  delivered: 0,
  failed: 0,
  retried: 0,
  restMs: 0,
};

/**
 * Takes some rows that are due, delivers and settles them. `rests` counts the times in a row that
 * the receiver had to be left alone before. Throws MongoDB's errors only; a repeat goes on.
 */
export type DeliverSome = (go: {
  readonly rests: number;
  readonly signal: AbortSignal;
  /** From then on nothing new is tried. */
  readonly until: Date;
}) => Promise<Delivered>;

/** What every delivery works with. */
export interface Delivering {
  readonly leaseMs: number;
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** How each kind of outbox rows is delivered; those that nobody is set up to receive are missing. */
export type Lanes = Partial<
  Readonly<
    Record<
      LaneKind,
      { readonly deliverSome: DeliverSome; readonly nextDue: () => Promise<Date | null> }
    >
  >
>;
