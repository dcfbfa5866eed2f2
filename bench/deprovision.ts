import { createHmac } from 'node:crypto';
import type { Database } from '../src/store/database.ts';
import type { BenchSimulator } from './simulator.ts';
import { waitFor } from './wait.ts';

/** One person's leaving; milliseconds. */
export interface Leave {
  readonly directory: string;
  /** Whether the commit was seen in time; the durations count only then. */
  readonly seen: boolean;
  /** From just before the webhook is sent until the commit is seen. */
  readonly ms: number;
  /** From the stored `receivedAt` until the commit is seen. */
  readonly fromReceiptMs: number;
}

const LOOK_EVERY_MS = 4;
const SEEN_WITHIN_MS = 20_000;
// Takes another person each turn, of those known so far.
const STRIDE = 37;

/**
 * Deletes a known person in the simulator, sends the signed webhook of it, and looks by the account's
 * id every few milliseconds until it is disabled.
 */
export const deprovision = async (options: {
  readonly database: Database;
  readonly simulator: BenchSimulator;
  readonly target: { readonly url: string; readonly secret: string };
  readonly directory: string;
  readonly turn: number;
  readonly signal: AbortSignal;
}): Promise<Leave> => {
  const { database, simulator, target, directory, turn, signal } = options;
  const enabled = { directoryId: directory, enabled: true };
  const known = await database.users.countDocuments(enabled);
  const person = await database.users
    .find(enabled)
    .sort({ _id: 1 })
    .skip((turn * STRIDE) % Math.max(1, known))
    .limit(1)
    .next();
  if (person === null) throw new Error('Nobody is left to leave.');
  const wire = await simulator.get(`/directory_users/${person.directoryUserId}`);
  const done = await simulator.act({ act: 'delete-user', user: person.directoryUserId });
  const [event] = done.events;
  if (event === undefined) throw new Error('The simulator told of no deletion.');
  const at = new Date();
  const body = JSON.stringify({
    object: 'event',
    id: event.id,
    event: event.event,
    data: { ...wire, updated_at: at.toISOString() },
    created_at: at.toISOString(),
    context: {},
  });
  const time = Date.now();
  const mac = createHmac('sha256', target.secret).update(`${time}.${body}`).digest('hex');

  const sent = performance.timeOrigin + performance.now();
  const response = await fetch(target.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'workos-signature': `t=${time}, v1=${mac}` },
    body,
    signal,
  });
  if (response.status !== 200) throw new Error(`The webhook was answered ${response.status}.`);
  const seen = await waitFor({
    what: 'A deprovisioning',
    ask: async () => {
      const found = await database.users.findOne(
        { _id: person._id },
        { projection: { enabled: 1 } },
      );
      return found?.enabled === true ? undefined : performance.timeOrigin + performance.now();
    },
    timeoutMs: SEEN_WITHIN_MS,
    everyMs: LOOK_EVERY_MS,
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return null;
  });
  const stored = await database.events.findOne(
    { _id: event.id },
    { projection: { receivedAt: 1 } },
  );
  if (seen === null || stored === null) return { directory, seen: false, ms: 0, fromReceiptMs: 0 };
  return {
    directory,
    seen: true,
    ms: seen - sent,
    fromReceiptMs: seen - stored.receivedAt.getTime(),
  };
};
