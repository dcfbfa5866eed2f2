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
import type { PurgeLook } from '../activities/purge-due.ts';
import * as options from './activity-options.ts';
import { SIGNAL, type PurgeRequest, type RetentionInput } from './contract.ts';
import { afterPurge, retentionDetails, type RetentionState } from './retention-details.ts';

const { purgeDue, purgePerson } = proxyActivities<Activities>(options.purge);

/** A timer has a longest length; a day further away is looked at again. */
const LONGEST_MS = 365 * 86_400_000;
const NOBODY = { count: 0, ids: [] };

/** A history may have begun when a look said only how many were purged. */
type OldLook = Pick<PurgeLook, 'purged' | 'nextInMs'> & Partial<PurgeLook>;

/**
 * One directory's hard deletions: a single durable timer at the earliest day. When it fires the
 * records are read again, so a return, a hold or a changed policy is obeyed. A person may be purged
 * at once by request, under the same conditions. Ends when nobody waits.
 */
export async function retention(input: RetentionInput): Promise<void> {
  const requests = [...(input.purges ?? [])];
  let woken = true;
  let state: RetentionState = { purged: 0, last: [] };
  setHandler(defineSignal(SIGNAL.wake), () => {
    woken = true;
  });
  setHandler(defineSignal<[PurgeRequest]>(SIGNAL.purge), (request) => {
    // Anybody can send a signal from the Web UI; one that names no request is nobody's decision.
    if (typeof request?.requestId !== 'string') return;
    requests.push(request);
    woken = true;
  });

  while (!workflowInfo().continueAsNewSuggested) {
    woken = false;
    const [request] = requests;
    if (request !== undefined) {
      const { purged } = await purgePerson({ directoryId: input.directoryId, ...request });
      requests.shift();
      state = afterPurge(state, purged);
      continue;
    }
    const look: OldLook = await purgeDue({ directoryId: input.directoryId });
    const { ids = [], more = false, held = NOBODY, postponed = NOBODY, nextInMs } = look;
    state = { ...afterPurge(state, ids), purged: state.purged + look.purged };
    setCurrentDetails(retentionDetails(state, { nextInMs, held, postponed }));
    if (more) continue;
    if (nextInMs === null) {
      if (woken) continue;
      return;
    }
    await condition(() => woken, Math.min(Math.max(nextInMs, 1000), LONGEST_MS));
  }
  await continueAsNew<typeof retention>({ ...input, purges: requests });
}
