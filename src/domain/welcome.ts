import { accessOf } from './access.ts';
import type { BatchState, UserChange } from './batch-state.ts';
import type { Mail } from './effect.ts';

/**
 * Welcomes a person once, when they first have access and an e-mail address; a policy may keep the
 * mail back for good. `welcomed` is what to remember, so that a repeat decides nothing anew.
 */
export const welcome = (
  change: UserChange,
  state: BatchState,
): { readonly mail: Mail | null; readonly welcomed: boolean } => {
  const email = change.record.dated?.content.email ?? null;
  const due = !change.welcomed && accessOf(change.record).enabled && email !== null;
  if (!due) return { mail: null, welcomed: change.welcomed };
  return { mail: isWanted(state) ? welcomeMail(change, state) : null, welcomed: true };
};

/**
 * The welcome of somebody who has access again: it may have been given up because they had none
 * when it was to be sent. Null for everybody else, and where the policy wants no welcome any more.
 */
export const welcomeAgain = (change: UserChange, state: BatchState): Mail | null =>
  change.known.home === 'account' &&
  change.known.welcomed &&
  isWanted(state) &&
  !accessOf(change.known.record).enabled &&
  accessOf(change.record).enabled
    ? welcomeMail(change, state)
    : null;

const isWanted = ({ policy, directory }: BatchState): boolean =>
  policy.welcomeMail === 'all' ||
  (policy.welcomeMail === 'live' && directory.lastSyncedAt !== null);

const welcomeMail = (change: UserChange, { directoryId }: BatchState): Mail => ({
  template: 'welcome',
  user: change.id,
  userId: change.known.userId,
  directoryId,
});
