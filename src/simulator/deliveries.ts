import { createDueQueue } from './due-queue.ts';
import { createPoster } from './post-webhook.ts';
import type { Random } from './random.ts';
import { renderEvent } from './render.ts';
import { signatureHeader } from './signature.ts';
import type { Delivery, EventRecord, State } from './state.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;
const GIVE_UP_MS = 3 * DAY_MS;
// A clock that is an argument may stand still or jump, so a wait is looked at again this often.
const LONGEST_WAIT_MS = 250;

export type DeliveryCounts = {
  readonly pending: number;
  readonly delivered: number;
  readonly failed: number;
  readonly lost: number;
};

export type Deliveries = {
  /** Which webhooks these events owe, with loss, duplication and delay already drawn. */
  readonly plan: (state: Readonly<State>, events: readonly EventRecord[]) => Delivery[];
  readonly enqueue: (deliveries: readonly Delivery[]) => void;
  /** Begins sending, with what the data file still owes first. */
  readonly start: (world: World) => void;
  readonly counts: () => DeliveryCounts;
  /** Ends what is in flight; what was not settled is still owed after a restart. */
  readonly stop: () => Promise<void>;
};

/** Sends webhooks at least once, several at a time, with retries that wait twice as long each time. */
export const createDeliveries = ({
  now,
  random,
}: {
  now: () => number;
  random: Random;
}): Deliveries => {
  const waiting = createDueQueue<Delivery>();
  const window: Delivery[] = [];
  const inFlight = new Set<Promise<void>>();
  const poster = createPoster();
  const totals = { delivered: 0, failed: 0, lost: 0 };
  let world: World | undefined;
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;

  const plan = (state: Readonly<State>, events: readonly EventRecord[]): Delivery[] => {
    const { knobs } = state;
    const planned: Delivery[] = [];
    const owe = (event: EventRecord, endpoint: string): void => {
      const dueAt = now() + knobs.webhookDelayMs + random.below(knobs.webhookJitterMs + 1);
      const id = state.nextDelivery + planned.length;
      planned.push({ id, event: event.id, endpoint, tries: 0, firstDueAt: dueAt, dueAt });
    };
    for (const event of events) {
      for (const endpoint of state.endpoints.values()) {
        if (endpoint.deleted || endpoint.wire.status !== 'enabled') continue;
        if (!endpoint.wire.events.includes(event.event)) continue;
        if (random.chance(knobs.webhookLossRatio)) {
          totals.lost += 1;
          continue;
        }
        owe(event, endpoint.id);
        if (random.chance(knobs.webhookDuplicateRatio)) owe(event, endpoint.id);
      }
    }
    return planned;
  };

  const send = async (from: World, delivery: Delivery): Promise<boolean> => {
    const { state } = from;
    const endpoint = state.endpoints.get(delivery.endpoint);
    const event = state.events[state.eventPositions.get(delivery.event) ?? -1];
    if (endpoint === undefined || event === undefined || endpoint.deleted) return true;
    const body = JSON.stringify(renderEvent(state, event));
    return poster.post({
      url: endpoint.wire.endpoint_url,
      body,
      signature: signatureHeader(endpoint.wire.secret, now(), body),
      timeoutMs: state.knobs.webhookTimeoutMs,
    });
  };

  const deliver = async (from: World, delivery: Delivery): Promise<void> => {
    const delivered = await send(from, delivery);
    if (!delivered && isStopping) return;
    const { knobs } = from.state;
    const tries = delivery.tries + 1;
    const isOver = tries >= knobs.webhookMaxTries || now() - delivery.firstDueAt >= GIVE_UP_MS;
    if (delivered || isOver) {
      totals[delivered ? 'delivered' : 'failed'] += 1;
      from.transact(({ put }) => put({ kind: 'delivery-settled', id: delivery.id }));
      return;
    }
    const dueAt = now() + Math.min(knobs.webhookRetryBaseMs * 2 ** (tries - 1), DAY_MS);
    const again = { ...delivery, tries, dueAt };
    from.transact(({ put }) => put({ kind: 'delivery', delivery: again }));
    waiting.add(dueAt, again);
  };

  const takeNext = (size: number): Delivery | undefined => {
    while (window.length < size) {
      const due = waiting.takeDue(now());
      if (due === undefined) break;
      window.push(due);
    }
    if (window.length === 0) return undefined;
    const index = size <= 1 ? 0 : random.below(window.length);
    return window.splice(index, 1)[0];
  };

  const pump = (): void => {
    const from = world;
    if (from === undefined || isStopping) return;
    clearTimeout(timer);
    while (inFlight.size < from.state.knobs.webhookConcurrency) {
      const next = takeNext(from.state.knobs.webhookReorder);
      if (next === undefined) break;
      const sending: Promise<void> = deliver(from, next).finally(() => {
        inFlight.delete(sending);
        pump();
      });
      inFlight.add(sending);
    }
    const dueAt = waiting.nextDueAt();
    if (dueAt === undefined || inFlight.size >= from.state.knobs.webhookConcurrency) return;
    timer = setTimeout(pump, Math.min(Math.max(dueAt - now(), 1), LONGEST_WAIT_MS));
  };

  const enqueue = (deliveries: readonly Delivery[]): void => {
    // Until the start they are in the world alone, which the start reads.
    if (world === undefined) return;
    for (const delivery of deliveries) waiting.add(delivery.dueAt, delivery);
    pump();
  };

  return {
    plan,
    enqueue,
    start: (opened) => {
      world = opened;
      enqueue([...opened.state.deliveries.values()]);
    },
    counts: () => ({ pending: world?.state.deliveries.size ?? 0, ...totals }),
    stop: async () => {
      clearTimeout(timer);
      isStopping = true;
      poster.stop();
      await Promise.allSettled(inFlight);
    },
  };
};
