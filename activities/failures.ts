import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { isDuplicateKey, isRefusedDocument } from '../src/store/write-errors.ts';
import type { WorkosFailure } from '../src/workos/failure.ts';

/** Failures that no retry mends; each with the sentence an operator reads in the Web UI. */
const PERMANENT: Readonly<Record<string, string>> = {
  unauthorized: 'WorkOS refused the API key.',
  'not-found': 'WorkOS does not know this directory.',
  'bad-request': 'WorkOS refused the request.',
};

/** Why a directory is not listed, each with its sentence; a later backfill tries again. */
const REFUSED = {
  'invalid-credentials': 'WorkOS says that the directory’s own credentials are invalid.',
  'listing-refused': 'WorkOS refuses to list this directory.',
  'directory-unlinked': 'WorkOS says that this directory is unlinked.',
  'directory-deleting': 'WorkOS is deleting this directory.',
  'directory-deleted': 'WorkOS deleted this directory.',
} as const;

/** The failure that ends a backfill whose directory must not be listed now. */
export const listingRefused = (code: keyof typeof REFUSED): ApplicationFailure =>
  ApplicationFailure.nonRetryable(REFUSED[code], code);

/** The code of a listing that waits for the end of a pause. */
export const PAUSED = 'directory-paused';
const PAUSED_MS = 5000;

/** The failure that has a paused directory's listing tried again every few seconds, at the same page. */
export const listingPaused = (): ApplicationFailure =>
  ApplicationFailure.create({
    type: PAUSED,
    message: 'An operator has paused this directory.',
    nextRetryDelay: PAUSED_MS,
    category: ApplicationFailureCategory.BENIGN,
  });

/** A Retry-After is honoured up to an hour: a nonsensical one must not stop a directory for years. */
const LONGEST_WAIT_MS = 3_600_000;

/** Names of errors with which the driver, or the language, refuses to make a write of it at all. */
const UNSENDABLE = new Set(['MongoInvalidArgumentError', 'TypeError']);

/**
 * Whether writing the same again would fail the same way: the data is at fault, not the moment.
 * Duplicate keys among them: `transact` has tried those again on fresh snapshots already.
 */
export const isPermanentWriteFailure = (error: unknown): boolean =>
  isDuplicateKey(error) || isRefusedDocument(error) || UNSENDABLE.has(shape(error).name ?? '');

/** Whether the time of a transaction ran out: fewer changes at once may fit. */
export const isTooSlow = (error: unknown): boolean => shape(error).code === 'transaction-too-slow';

/** A stable code for an error whose own message may hold personal data. */
export const failureCode = (error: unknown): string => {
  const { name, code } = shape(error);
  const suffix = typeof code === 'number' || typeof code === 'string' ? `-${code}` : '';
  return `${name ?? 'unknown'}${suffix}`;
};

/**
 * The failure that Temporal keeps in place of `error`: its code only, since a driver's message may
 * quote a document. Says whether and when Temporal tries again.
 */
export const temporalFailure = (error: unknown): ApplicationFailure => {
  if (error instanceof ApplicationFailure) return error;
  const failure = (error as { failure?: WorkosFailure } | null)?.failure;
  if (failure !== undefined) return workosApplicationFailure(failure);
  const { code } = shape(error);
  if (code === 'unknown-directory')
    return ApplicationFailure.nonRetryable('Nobody has told us of this directory.', code);
  return ApplicationFailure.create({
    type: 'unexpected-failure',
    message: failureCode(error),
    nonRetryable: false,
  });
};

const workosApplicationFailure = (failure: WorkosFailure): ApplicationFailure => {
  const permanent = PERMANENT[failure.kind];
  return ApplicationFailure.create({
    type: `workos-${failure.kind}`,
    message: permanent ?? `WorkOS answered: ${failure.kind}.`,
    nonRetryable: permanent !== undefined,
    ...(failure.kind === 'rate-limited' && failure.retryAfterMs !== null
      ? { nextRetryDelay: Math.min(failure.retryAfterMs, LONGEST_WAIT_MS) }
      : {}),
  });
};

const shape = (error: unknown): { name: string | null; code: unknown } => {
  if (typeof error !== 'object' || error === null) return { name: null, code: undefined };
  const { name, code } = error as { name?: unknown; code?: unknown };
  return { name: typeof name === 'string' ? name : null, code };
};
