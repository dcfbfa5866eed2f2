import type { WorkOS } from '@workos-inc/node';
import type { Config } from '../config.ts';
import type { Database } from '../store/database.ts';
import type { Temporal } from '../temporal/connect.ts';
import type { Listings } from '../workos/list-pages.ts';

/** What commands act on; each connection opens when a command first asks for it. */
export interface CommandDeps {
  readonly config: Config;
  /** Throws Refused when MONGODB_URI is not set. */
  readonly database: () => Database;
  readonly temporal: () => Temporal;
  /** Throws Refused when WORKOS_API_KEY is not set. */
  readonly workos: () => WorkOS;
  /** Single reads of the WorkOS API. Throws Refused when WORKOS_API_KEY is not set. */
  readonly listings: () => Listings;
  /** Base URL of the simulator; null where none is known. */
  readonly simulatorUrl: string | null;
  readonly temporalUiUrl: string | null;
  /** Base URL of the running server. */
  readonly serverUrl: string;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly terminal: Terminal;
}

/** The person at the other end, if there is one. */
export interface Terminal {
  /** Whether output goes to a terminal where bars may move. */
  readonly live: boolean;
  /** Asks yes or no; null when nobody can be asked. */
  readonly confirm: (question: string) => Promise<boolean | null>;
  readonly progress: () => ProgressBar;
}

/** How far something has come, shown as a bar on a terminal and not at all elsewhere. */
export interface ProgressBar {
  /** `done` from 0 to 1. */
  readonly show: (done: number, label: string) => void;
  readonly stop: () => void;
}
