import type { Connection } from './connection.ts';
import { beganAfter } from './fence.ts';
import type { DirectoryContent } from './observation.ts';
import { isAlive, lastDeletion } from './lifecycle.ts';
import type { JoinedRecord } from './record.ts';
import { fenceVersion, isNewer, versionEvent, versionTime, type Version } from './version.ts';

/** A directory's connection, in WorkOS's REST words. */
export type DirectoryState =
  | 'linked'
  | 'validating'
  | 'invalid_credentials'
  | 'unlinked'
  | 'deleted';

/** What the engine is doing with a directory. */
export type SyncStatus = 'pending' | 'backfilling' | 'active' | 'paused' | 'frozen';

/** A directory and how far the engine has come with it. */
export interface DirectoryRecord {
  readonly record: JoinedRecord<DirectoryContent & { readonly updatedAt: number }>;
  /** The connection as WorkOS last told it. */
  readonly connection: Connection;
  readonly paused: boolean;
  /** An operator's decision to go on after a deletion up to this version. */
  readonly thawed: Version | null;
  /** The backfill under way, by generation. */
  readonly backfilling: number | null;
  readonly lastSyncedAt: number | null;
  /** Fences of the last complete listings. */
  readonly usersListed: Version | null;
  readonly groupsListed: Version | null;
  readonly membershipsListed: Version | null;
  /** The last deletion of the directory by which, as its policy says, everybody lost access. */
  readonly deprovisioned: Version | null;
  /** The organization that events last named instead of the directory's. */
  readonly otherOrganization: string | null;
}

/** The deletion that froze a directory, or null while it is not frozen. */
export const frozenAt = (directory: DirectoryRecord): Version | null => {
  const deleted = lastDeletion(directory.record.life);
  if (deleted === null || isAlive(directory.record.life)) return null;
  return isNewer(directory.thawed, deleted) ? null : deleted;
};

/** Why a directory's events wait; as a status, of a directory that is halted. */
export const HALTED = ['paused', 'frozen'] as const satisfies readonly SyncStatus[];
export type Halt = (typeof HALTED)[number];

/** Whether a directory of this status is halted: it is not read, and its newer events wait. */
export const isHalted = (status: SyncStatus): boolean => HALTED.some((halt) => halt === status);

/** Everything that keeps a directory's events waiting; `resume` ends all of it. */
export const haltsOf = (directory: DirectoryRecord): readonly Halt[] => [
  ...(directory.paused ? (['paused'] as const) : []),
  ...(frozenUntil(directory) === null ? [] : (['frozen'] as const)),
];

/**
 * Up to which version a frozen directory's events are applied; null while it is not frozen. Of one
 * that WorkOS no longer knows and has not deleted that is the beginning of time.
 */
export const frozenUntil = (directory: DirectoryRecord): FrozenUntil | null => {
  const deleted = frozenAt(directory);
  if (deleted !== null) return { version: deleted, awaits: ['dsync.activated'] };
  return directory.connection === 'unlinked'
    ? { version: fenceVersion(0), awaits: ['dsync.activated', 'dsync.deleted'] }
    : null;
};

/** Where a frozen directory stands still, and the events that are applied all the same. */
export interface FrozenUntil {
  readonly version: Version;
  readonly awaits: readonly string[];
}

/**
 * Whether a backfill that began after `version` reads the directory at this moment, or has read it
 * whole. An opened backfill shows the directory alive at its fence.
 */
export const isReadSince = (directory: DirectoryRecord, version: Version): boolean => {
  const { alive } = directory.record.life;
  if (alive === null || versionEvent(alive) !== null || !beganAfter(alive, version)) return false;
  return directory.backfilling !== null || directory.lastSyncedAt === versionTime(alive);
};

/** The one word for what the engine is doing; later reasons give way to earlier ones. */
export const syncStatusOf = (directory: DirectoryRecord): SyncStatus => {
  if (directory.paused) return 'paused';
  if (frozenUntil(directory) !== null) return 'frozen';
  if (directory.backfilling !== null) return 'backfilling';
  return directory.lastSyncedAt === null ? 'pending' : 'active';
};

/** The connection as an application sees it: WorkOS's word, or that WorkOS deleted the directory. */
export const directoryStateOf = (directory: DirectoryRecord): DirectoryState =>
  lastDeletion(directory.record.life) !== null && !isAlive(directory.record.life)
    ? 'deleted'
    : directory.connection;
