import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { temporalFailure } from './failures.ts';

/**
 * Replaces whatever an activity throws by its code, before Temporal keeps it: a driver's message
 * may quote a document, and histories hold no personal data.
 */
export const replaceFailures: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      throw isTemporalsOwn(error) ? error : temporalFailure(error);
    }
  },
};

/** Cancellation and asynchronous completion are Temporal's own and must reach it as they are. */
const isTemporalsOwn = (error: unknown): boolean => {
  const name = (error as { name?: unknown } | null)?.name;
  return name === 'CancelledFailure' || name === 'CompleteAsyncError' || name === 'AbortError';
};
