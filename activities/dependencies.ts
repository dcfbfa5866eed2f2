import type { Logger } from 'pino';
import type { Database } from '../src/store/database.ts';
import type { Inbox } from '../src/store/inbox.ts';
import type { Listings } from '../src/workos/list-pages.ts';
import type { Pace } from './page-pace.ts';

/** What the activities work with; a test hands in its own. */
export interface Dependencies {
  readonly database: Database;
  readonly inbox: Inbox;
  readonly listings: Listings;
  /** Shared by all activities of the process: it keeps their requests within WorkOS's limits. */
  readonly pace: Pace;
  readonly log: Logger;
  readonly now: () => Date;
  /** Waits; rejects when the activity is cancelled. */
  readonly pause: (ms: number) => Promise<void>;
  /** Wakes other workflows; each call may be lost without harm. */
  readonly wake: {
    readonly directory: (directoryId: string) => void;
    readonly outbox: () => void;
    readonly retention: (directoryId: string) => Promise<void>;
  };
  readonly pollIntervalMs: number;
}
