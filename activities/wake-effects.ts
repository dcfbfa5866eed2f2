import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Activities } from './index.ts';

/**
 * Activities whose end wakes nobody: they write nothing that anybody is told of. Only pollEvents
 * does, when it stores an event as parked or ignored; but it ends minutes later.
 */
const SILENT = [
  'deliverDue',
  'deliverLane',
  'pollEvents',
  'armRetention',
  'reportBackfill',
] as const satisfies readonly (keyof Activities)[];

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
        if (!SILENT.some((name) => name === info.activityType)) wake();
        return result;
      },
    },
  });
