import { DIRECTORY_EVENTS } from '../src/domain/directory-events.ts';
import { isObject } from '../src/domain/json-object.ts';
import { readEnvelope } from '../src/workos/read-event.ts';
import { isMalformed } from '../src/workos/wire.ts';
import type { IncomingEvent } from '../src/store/inbox.ts';
import type { BenchSimulator } from './simulator.ts';

/** Events waiting for each of some directories. */
export interface MixedEvents {
  readonly directories: readonly string[];
  readonly events: readonly IncomingEvent[];
}

// Of a directory's events: one in five a first person, two a first membership; the rest is daily life.
const PEOPLE_SHARE = 0.2;

/**
 * Lets `directories` companies live in the simulator until each has made its share of `count`
 * events (people created, edited, deactivated, deleted and back, groups, memberships), and reads
 * them from its Events API. The activations are left out: the directories are known already.
 */
export const mixedEvents = async (
  simulator: BenchSimulator,
  { count, directories }: { readonly count: number; readonly directories: number },
): Promise<MixedEvents> => {
  const each = Math.ceil(count / directories);
  await simulator.setKnobs({ limits: false, visibilityLagMs: 0 });
  const ids: string[] = [];
  for (let index = 0; index < directories; index += 1) {
    const people = Math.max(1, Math.floor(each * PEOPLE_SHARE));
    const groups = Math.max(2, Math.round(people / 25));
    // oxlint-disable-next-line no-await-in-loop -- the order is part of the seed
    const made = await simulator.play('company', { people, groups });
    const { directory } = made;
    // The activation, which is left out, is one of those made.
    const missing = each + 1 - made.eventCount;
    // oxlint-disable-next-line no-await-in-loop -- the order is part of the seed
    if (missing > 0) await simulator.play('burst', { directory, events: missing });
    ids.push(directory);
  }
  const taken = new Map(ids.map((id) => [id, 0]));
  const events: IncomingEvent[] = [];
  for await (const event of allEvents(simulator)) {
    const id = event.directoryId ?? '';
    const before = taken.get(id) ?? each;
    if (before >= each || events.length >= count) continue;
    taken.set(id, before + 1);
    events.push(event);
  }
  await simulator.setKnobs({ limits: true });
  if (events.length < count)
    throw new Error(`The simulator made ${events.length} events; ${count} are needed.`);
  return { directories: ids, events };
};

async function* allEvents(simulator: BenchSimulator): AsyncGenerator<IncomingEvent> {
  const names = DIRECTORY_EVENTS.filter((name) => name !== 'dsync.activated').join(',');
  let after = '';
  do {
    // oxlint-disable-next-line no-await-in-loop -- each page names the next
    const page = await simulator.get(
      `/events?limit=100&events=${names}${after === '' ? '' : `&after=${after}`}`,
    );
    const data = Array.isArray(page['data']) ? page['data'] : [];
    for (const payload of data) {
      const envelope = readEnvelope(payload);
      if (isMalformed(envelope) || !isObject(payload)) throw new Error('An event is malformed.');
      yield { ...envelope, relevant: true, payload, via: 'webhook' };
    }
    const metadata = page['list_metadata'];
    const next = isObject(metadata) ? metadata['after'] : null;
    after = typeof next === 'string' && data.length > 0 ? next : '';
  } while (after !== '');
}
