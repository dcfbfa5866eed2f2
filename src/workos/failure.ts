/** What kind of failure a call of the WorkOS API met: decides who retries, and when. */
export type WorkosFailure =
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number | null }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'not-found' }
  /** WorkOS understood and refused, with this HTTP status; `code` is its own, where it gave one. */
  | { readonly kind: 'bad-request'; readonly status: number; readonly code: string | null }
  /** A timeout, a refused connection, a 5xx or an answer that is no JSON: try again later. */
  | { readonly kind: 'unavailable' };

/** A failed call of the WorkOS API. Its message names the kind and nothing of the answer. */
export class WorkosError extends Error {
  override readonly name = 'WorkosError';
  readonly failure: WorkosFailure;
  /** The kind again, so that code which reads `error.code` sees it. */
  readonly code: string;

  constructor(failure: WorkosFailure) {
    super(`WorkOS answered ${failure.kind}`);
    this.failure = failure;
    this.code = `workos-${failure.kind}`;
  }
}

/** Classifies an answer by its HTTP status; anything odd is `unavailable`. */
export const failureOfStatus = (answer: {
  readonly status: number;
  readonly retryAfterMs: number | null;
  readonly code: string | null;
}): WorkosFailure => {
  const { status, retryAfterMs, code } = answer;
  if (status === 429) return { kind: 'rate-limited', retryAfterMs };
  if (status === 401 || status === 403) return { kind: 'unauthorized' };
  if (status === 404) return { kind: 'not-found' };
  // 408 is a timeout.
  if (status >= 400 && status < 500 && status !== 408) return { kind: 'bad-request', status, code };
  return { kind: 'unavailable' };
};
