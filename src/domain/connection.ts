import type { DirectoryState } from './directory.ts';
import type { AuditType } from './effect.ts';

/** A directory's connection as WorkOS last told it. */
export type Connection = Exclude<DirectoryState, 'deleted'>;

/** By what failure the credentials are refused, and since when, epoch milliseconds. */
export interface Refusal {
  readonly reason: string;
  readonly since: number;
}

/** How a directory's connection stands, and what an operator is asked to look at. */
export interface ConnectionStanding {
  readonly connection: Connection;
  readonly refusal: Refusal | null;
  readonly attention: string | null;
}

/** What a failed backfill makes of the standing, and what is told of it. */
export interface ConnectionChange {
  readonly standing: ConnectionStanding;
  /** Null when the audit log has it already: a failure that lasts is told once. */
  readonly audit: Extract<
    AuditType,
    'directory.invalid_credentials' | 'directory.unlinked' | 'dsync.error'
  > | null;
  /** The refusal that the contact must have had one mail about. */
  readonly mail: Refusal | null;
}

/** WorkOS refuses our key: whatever it says, it says of no directory. */
const KEY_REFUSED = 'workos-unauthorized';

/** Failures of a backfill that say something about the connection. */
const MEANING = new Map<string, Connection>([
  ['invalid-credentials', 'invalid_credentials'],
  ['listing-refused', 'invalid_credentials'],
  ['workos-not-found', 'unlinked'],
  ['directory-unlinked', 'unlinked'],
]);

/** WorkOS has deleted the directory, and nobody has thawed it. */
const DELETED = 'directory-deleted';

/** Whether a backfill that failed so leaves its directory frozen: then nothing is tried again by itself. */
export const leavesFrozen = (reason: string | null): boolean =>
  reason === DELETED || MEANING.get(reason ?? '') === 'unlinked';

const NO_CONTACT = '-no-contact';

/** The standing after a backfill that failed with a stable code; any code may come. */
export const afterFailure = (
  before: ConnectionStanding,
  failure: { readonly reason: string; readonly hasContact: boolean; readonly at: number },
): ConnectionChange => {
  const { reason, hasContact, at } = failure;
  const connection = MEANING.get(reason) ?? before.connection;
  const isNew = connection !== before.connection;
  switch (MEANING.get(reason)) {
    case 'invalid_credentials': {
      const refusal = before.refusal?.reason === reason ? before.refusal : { reason, since: at };
      const attention = hasContact ? reason : `${reason}${NO_CONTACT}`;
      return {
        standing: { connection, refusal, attention },
        audit: isNew ? 'directory.invalid_credentials' : null,
        mail: hasContact ? refusal : null,
      };
    }
    case 'unlinked':
      return {
        standing: { connection, refusal: null, attention: reason },
        audit: isNew ? 'directory.unlinked' : null,
        mail: null,
      };
    case 'linked':
    case 'validating':
    case undefined:
      return {
        standing: { ...before, attention: reason },
        audit: before.attention === reason ? null : 'dsync.error',
        mail: null,
      };
  }
};

/**
 * The standing once WorkOS has shown the directory as connected. A refusal of a listing is not over
 * by that: only a complete backfill shows it.
 */
export const afterShown = (
  before: ConnectionStanding,
  connection: 'linked' | 'validating',
): ConnectionStanding => {
  if (before.refusal !== null && before.refusal.reason !== 'invalid-credentials') return before;
  const isOver = isAboutConnection(before.attention) || before.attention === KEY_REFUSED;
  return { connection, refusal: null, attention: isOver ? null : before.attention };
};

/** The standing after a complete backfill: it answers every doubt of the ones before. */
export const afterComplete = (before: ConnectionStanding): ConnectionStanding => ({
  connection: before.connection === 'invalid_credentials' ? 'linked' : before.connection,
  refusal: null,
  attention: before.attention !== null && LASTING.has(before.attention) ? before.attention : null,
});

/** Of what no backfill says anything: a deletion that came meanwhile, a policy, an account. */
const LASTING = new Set([DELETED, 'policy-invalid', 'account-refused']);

const isAboutConnection = (attention: string | null): boolean =>
  attention !== null && MEANING.has(attention.replace(NO_CONTACT, ''));
