import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import * as options from './activity-options.ts';
import { SIGNAL, type RetentionInput } from './contract.ts';

const { purgeDue } = proxyActivities<Activities>(options.purge);

/** A timer has a longest length; a day further away is looked at again. */
const LONGEST_MS = 365 * 86_400_000;

/**
 * One directory's hard deletions: a single durable timer at the earliest day. When it fires the
 * records are read again, so a return, a hold or a changed policy is obeyed. Ends when nobody waits.
 */
export async function retention(input: RetentionInput): Promise<void> {
  let woken = true;
  let purged = 0;
  setHandler(defineSignal(SIGNAL.wake), () => {
    woken = true;
  });
  while (!workflowInfo().continueAsNewSuggested) {
    woken = false;
    const result = await purgeDue({ directoryId: input.directoryId });
    purged += result.purged;
    const { nextInMs } = result;
    if (nextInMs === null) {
      setCurrentDetails(`${purged} hard-deleted by this run. Nobody waits.`);
      if (woken) continue;
      return;
    }
    const days = (nextInMs / 86_400_000).toFixed(2);
    setCurrentDetails(`${purged} hard-deleted by this run. The next is due in ${days} days.`);
    await condition(() => woken, Math.min(Math.max(nextInMs, 1000), LONGEST_MS));
  }
  await continueAsNew<typeof retention>(input);
}
