import type { BackfillPhase } from '../src/domain/backfill-phase.ts';
import type { LaneKind } from '../src/domain/subscriptions.ts';

/** Names, ids and messages that clients, workers and workflows agree on. Ids, counts and times only. */

/** The default of `TEMPORAL_TASK_QUEUE`. */
export const DEFAULT_TASK_QUEUE = 'directory-sync';

/** The queue of long activities: they must not take the slots of live ones. */
export const backgroundTaskQueue = (taskQueue: string): string => `${taskQueue}-background`;

export const WORKFLOW = {
  directorySync: 'directorySync',
  backfill: 'backfill',
  retention: 'retention',
  eventsPoller: 'eventsPoller',
  deliverOutbox: 'deliverOutbox',
} as const;

export const SIGNAL = {
  /** `wake()`: there may be events to apply. */
  wake: 'wake',
  /** `resync(request?)`: read the whole directory again, or only what the request names. */
  resync: 'resync',
  /** `backfillEnded(end)`: from the backfill to its directory's workflow. */
  backfillEnded: 'backfillEnded',
  /** `purge(request)`: purge a person who left before their day; to `retention/…`. */
  purge: 'purge',
} as const;

export const UPDATE = { pause: 'pause', resume: 'resume' } as const;

export const QUERY = { status: 'status', progress: 'progress' } as const;

/** All of type Keyword. */
export const SEARCH_ATTRIBUTES = ['DirectoryId', 'OrganizationId', 'SyncState'] as const;

/** The id of a directory's workflow. */
export const directorySyncId = (directoryId: string): string => `directory-sync/${directoryId}`;
/** The id of one backfill of a directory. */
export const backfillId = (directoryId: string, generation: number): string =>
  `backfill/${directoryId}/${generation}`;
/** The id of a directory's retention timer. */
export const retentionId = (directoryId: string): string => `retention/${directoryId}`;
export const EVENTS_POLLER_ID = 'events-poller';
/** The id of the workflow that delivers mail. */
export const OUTBOX_ID = 'outbox';
/** The id of the workflow that delivers another kind of outbox rows. */
export const outboxLaneId = (lane: LaneKind): string => `${OUTBOX_ID}/${lane}`;

/** Live batches before backfill pages before purges; Temporal's scale is 1 (first) to 5. */
export const PRIORITY = { live: 2, effects: 3, backfill: 4, purge: 5 } as const;

export interface DirectorySyncInput {
  readonly directoryId: string;
  /** Carried from run to run, for the status query. */
  readonly applied?: number;
  readonly resyncRequests?: readonly string[];
  readonly resyncWanted?: boolean;
  readonly refreshes?: readonly RefreshRequest[];
}

/** What a resync reads: the whole directory, unless it names one person or one group. */
export interface ResyncRequest {
  /** Names the report in which the outcome is found. */
  readonly requestId?: string;
  /** A directory user id: that person and their groups. */
  readonly user?: string;
  /** A directory group id: that group and its people. */
  readonly group?: string;
}

/** One person or one group that is to be read again. */
export interface RefreshRequest {
  readonly requestId: string;
  readonly of: 'user' | 'group';
  /** Their directory user id or directory group id. */
  readonly id: string;
}

/** What the `status` query of a directory's workflow answers. */
export interface DirectorySyncStatus {
  readonly directoryId: string;
  readonly syncStatus: string;
  readonly applied: number;
  readonly draining: boolean;
  readonly backfill: number | null;
  readonly owesReads: boolean;
}

export interface BackfillInput {
  readonly directoryId: string;
  readonly generation: number;
}

/** What the `progress` query of a backfill answers; also its report's counts. */
export interface BackfillProgress {
  readonly phase: BackfillPhase;
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
  readonly absent: number;
}

export interface BackfillEnd {
  readonly generation: number;
  readonly outcome: 'done' | 'failed';
  /** A stable code when it failed. */
  readonly reason: string | null;
}

export interface RetentionInput {
  readonly directoryId: string;
  readonly purges?: readonly PurgeRequest[];
}

/** Somebody's decision to purge a person now; who and why stands in the report of that request. */
export interface PurgeRequest {
  readonly requestId: string;
  /** The directory user id, for those who look at the Web UI. */
  readonly user: string;
}
