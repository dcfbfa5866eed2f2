/** One line of an import: this account of the application is this directory user. */
export interface LinkLine {
  /** Its number in the file; the header is line 1. */
  readonly line: number;
  readonly userId: string;
  readonly directoryUserId: string;
}

/**
 * `pending`: the account waits for the person's first sight. `merged`: the account that was
 * provisioned for the person becomes this one. `held`: it would be merged, which nobody has
 * confirmed.
 */
export type LinkFate = 'pending' | 'already-linked' | 'merged' | 'held' | 'refused';

export type LinkLineReason =
  /** Pending: no observation has shown the person yet, or only one that they are gone. */
  | 'not-seen-yet'
  | 'deleted-before'
  /** Merged: the person has no access, so the account has none either. */
  | 'loses-access'
  /** Merged: the person is deleted, so the account is hard-deleted on their day. */
  | 'person-deleted'
  | 'merge-not-confirmed'
  | 'malformed-line'
  /** The same line stands in the file before. */
  | 'duplicate-line'
  /** Other lines give this account another person, or this person another account. */
  | 'conflicting-lines'
  | 'unknown-account'
  /** The account belongs to another directory user. */
  | 'account-taken'
  /** The directory user is linked to another account. */
  | 'directory-user-taken';

/** What becomes of a line, and why. */
export interface LinkVerdict {
  readonly fate: LinkFate;
  readonly reason: LinkLineReason | null;
  /** Of a deleted person: when the account goes for good. */
  readonly hardDeleteAt?: Date;
}

/** An account as far as a link depends on it. */
export interface LinkAccount {
  readonly id: string;
  readonly directoryUserId: string | null;
  /** Whether the engine has filled it: its person was seen. */
  readonly filled: boolean;
  readonly enabled: boolean;
  readonly hardDeleteAt: Date | null;
}

/** What is stored about the accounts and directory users of some lines. */
export interface LinkState {
  /** By account id. */
  readonly accounts: ReadonlyMap<string, LinkAccount>;
  /** The accounts that have a directory user, by its id. */
  readonly owners: ReadonlyMap<string, LinkAccount>;
  /** Directory users of whom only a deletion is known. */
  readonly tombstones: ReadonlySet<string>;
}

/** Decides one line. Depends on no other line of its file, as long as no id repeats in it. */
export const decideLink = (
  { userId, directoryUserId }: Pick<LinkLine, 'userId' | 'directoryUserId'>,
  state: LinkState,
): LinkVerdict => {
  const account = state.accounts.get(userId);
  if (account === undefined)
    // An account that was provisioned and then merged away still belongs to its directory user.
    return refused(state.owners.has(userId) ? 'account-taken' : 'unknown-account');
  if (account.directoryUserId === directoryUserId)
    return account.filled
      ? { fate: 'already-linked', reason: null }
      : pending(state, directoryUserId);
  if (account.directoryUserId !== null || account.filled) return refused('account-taken');
  const owner = state.owners.get(directoryUserId);
  if (owner === undefined) return pending(state, directoryUserId);
  if (owner.id !== directoryUserId || !owner.filled) return refused('directory-user-taken');
  if (owner.hardDeleteAt !== null)
    return { fate: 'merged', reason: 'person-deleted', hardDeleteAt: owner.hardDeleteAt };
  return { fate: 'merged', reason: owner.enabled ? null : 'loses-access' };
};

const pending = (state: LinkState, directoryUserId: string): LinkVerdict => ({
  fate: 'pending',
  reason: state.tombstones.has(directoryUserId) ? 'deleted-before' : 'not-seen-yet',
});

const refused = (reason: LinkLineReason): LinkVerdict => ({ fate: 'refused', reason });
