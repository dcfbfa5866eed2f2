import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import * as options from './activity-options.ts';

const { pollEvents } = proxyActivities<Activities>(options.poll);

/** Polls the Events API for ever, a stint at a time; one per WorkOS environment. */
export async function eventsPoller(): Promise<void> {
  let accepted = 0;
  while (!workflowInfo().continueAsNewSuggested) {
    const stint = await pollEvents();
    accepted += stint.accepted;
    setCurrentDetails(`${accepted} events were first seen by the poll in this run.`);
  }
  await continueAsNew<typeof eventsPoller>();
}
