import { readRetryAfter } from '../retry-after.ts';

/** What became of one request. */
export type Posted =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** What `Retry-After` asks for. */
      readonly retryAfterMs: number | null;
    }
  /** `timeout`, or `unreachable-…` with the code of the operating system or of TLS. */
  | { readonly kind: 'unanswered'; readonly code: string }
  /** The caller gave it up; it may have been received. */
  | { readonly kind: 'given-up' };

const TIMEOUT_MS = 15_000;
/** A connection is used again when what remains of its answer is this short. */
const DRAINED_BYTES = 16_384;

/**
 * Posts a body and answers the status; redirects are not followed and the answer's body is not
 * read. Waits 15 s for the status. A failing request is an outcome, never thrown.
 */
export const post = async (
  url: string,
  request: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly signal: AbortSignal;
    readonly now: () => Date;
    readonly timeoutMs?: number;
  },
): Promise<Posted> => {
  const timeout = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'user-agent': 'durable-directory-sync', ...request.headers },
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.any([timeout, request.signal]),
    });
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), request.now());
    const { status, body } = response;
    // The status has decided; nothing of what follows may change it.
    await drain(body).catch(() => undefined);
    return { kind: 'answered', status, retryAfterMs };
  } catch (error) {
    if (request.signal.aborted) return { kind: 'given-up' };
    return { kind: 'unanswered', code: timeout.aborted ? 'timeout' : unreachable(error) };
  }
};

/** Whether the receiver took it. */
export const isAccepted = (posted: Posted): boolean =>
  posted.kind === 'answered' && posted.status >= 200 && posted.status < 300;

/** The stable code of what a receiver said, or of why it said nothing. */
export const codeOfPosted = (posted: Exclude<Posted, { readonly kind: 'given-up' }>): string =>
  posted.kind === 'answered' ? `http-${posted.status}` : posted.code;

const unreachable = (error: unknown): string => {
  const { code } = ((error as { cause?: unknown }).cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code)
    ? `unreachable-${code}`
    : 'unreachable';
};

const drain = async (body: ReadableStream<Uint8Array> | null): Promise<void> => {
  if (body === null) return;
  let seen = 0;
  const reader = body.getReader();
  while (seen < DRAINED_BYTES) {
    // oxlint-disable-next-line no-await-in-loop -- a stream is read piece by piece
    const { done, value } = await reader.read();
    if (done) return;
    seen += value.length;
  }
  await reader.cancel();
};
