import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';

/** Activities that write nothing that anybody is told of. */
const SILENT = new Set([
  'deliverDue',
  'deliverLane',
  'pollEvents',
  'armRetention',
  'reportBackfill',
]);

/**
 * Calls `wake` after each activity that may have written audit entries or settled events, so that
 * they are told soon. A wake that is lost costs half a minute.
 */
export const wakeEffects =
  (wake: () => void) =>
  ({ info }: Context): ActivityInterceptors => ({
    inbound: {
      async execute(input, next) {
        const result = await next(input);
        if (!SILENT.has(info.activityType)) wake();
        return result;
      },
    },
  });
