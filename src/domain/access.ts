import { firstDeletion, isAlive } from './lifecycle.ts';
import type { JoinedRecord } from './record.ts';
import { versionEvent, versionTime } from './version.ts';

/** The part of a person's content that access depends on. */
export interface UserSummary {
  readonly updatedAt: number;
  readonly state: 'active' | 'inactive';
  readonly email: string | null;
}

export type DeletionReason = 'directory_sync' | 'missing_from_directory';

/** What the application may rely on about an account. */
export interface Access {
  /** Whether any observation ever showed the person alive; otherwise there is no account. */
  readonly exists: boolean;
  /** Active and not deleted: the one thing to ask before letting somebody in. */
  readonly enabled: boolean;
  readonly state: 'active' | 'inactive';
  /** When the directory removed the person, epoch milliseconds; null while they are in it. */
  readonly deletedAt: number | null;
  readonly deletionReason: DeletionReason | null;
}

/** Derives access from everything observed; the same observations always give the same access. */
export const accessOf = (user: JoinedRecord<UserSummary>): Access => {
  const alive = isAlive(user.life);
  const ended = firstDeletion(user.life);
  const toldByEvent = user.life.deletions.some((version) => versionEvent(version) !== null);
  const state = alive && user.dated?.content.state === 'active' ? 'active' : 'inactive';
  return {
    exists: user.life.alive !== null,
    enabled: state === 'active',
    state,
    deletedAt: ended === null ? null : versionTime(ended),
    deletionReason:
      ended === null ? null : toldByEvent ? 'directory_sync' : 'missing_from_directory',
  };
};

/** What happened to a person's access between two moments; the audit types of the contract. */
export type UserTransition =
  | 'user.provisioned'
  | 'user.updated'
  | 'user.deactivated'
  | 'user.reactivated'
  | 'user.deprovisioned';

/** Names what one observation did to an account. `contentChanged`: whether it brought newer content. */
export const userTransitions = (change: {
  readonly before: Access;
  readonly after: Access;
  readonly contentChanged: boolean;
}): readonly UserTransition[] => {
  const { before, after } = change;
  const transitions: UserTransition[] = [];
  // A return without access moves nothing else, but it ends the wait for a hard deletion.
  const returned = before.deletedAt !== null && after.deletedAt === null && !after.enabled;
  if (!before.exists && after.exists) transitions.push('user.provisioned');
  if (before.exists && (change.contentChanged || returned)) transitions.push('user.updated');
  if (before.deletedAt === null && after.deletedAt !== null) transitions.push('user.deprovisioned');
  else if (before.enabled && !after.enabled) transitions.push('user.deactivated');
  if (before.exists && !before.enabled && after.enabled) transitions.push('user.reactivated');
  return transitions;
};
