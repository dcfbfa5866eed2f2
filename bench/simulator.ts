import { isObject } from '../src/domain/json-object.ts';
import { freePort } from '../src/local/free-port.ts';
import type { Wire } from '../src/workos/wire.ts';
import type { BenchServers } from './servers.ts';

/** A simulator process of WorkOS, spoken to over HTTP as the product does. */
export interface BenchSimulator {
  readonly url: string;
  readonly apiKey: string;
  readonly play: (scenario: string, parameters: object) => Promise<Done>;
  readonly act: (act: object) => Promise<Done>;
  readonly setKnobs: (knobs: object) => Promise<void>;
  /** A WorkOS answer, with the key. */
  readonly get: (path: string) => Promise<Wire>;
}

/** What the simulator answers about something done. */
export interface Done {
  readonly directory: string;
  readonly events: readonly { readonly id: string; readonly event: string }[];
  readonly eventCount: number;
}

const apiKey = 'sk_test_bench';

/** Starts a simulator with nothing in it; `seed` decides who its people are. */
export const startBenchSimulator = async (
  servers: BenchServers,
  seed: number,
): Promise<BenchSimulator> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await servers.serve({
    name: 'simulator',
    args: ['--port', String(port), '--seed', String(seed)],
    readyLine: 'WorkOS simulator at',
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      signal: servers.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${path}.`);
    return JSON.parse(text);
  };
  return {
    url,
    apiKey,
    play: async (scenario, parameters) =>
      readDone(await call('POST', `/_simulator/scenarios/${scenario}`, parameters)),
    async act(act) {
      const answer = await call('POST', '/_simulator/acts', [act]);
      return readDone(Array.isArray(answer) ? answer[0] : null);
    },
    async setKnobs(knobs) {
      await call('PUT', '/_simulator/knobs', knobs);
    },
    async get(path) {
      const answer = await call('GET', path);
      if (!isObject(answer)) throw new Error(`The simulator answered no object to ${path}.`);
      return answer;
    },
  };
};

const readDone = (answer: unknown): Done => {
  if (!isObject(answer)) throw new Error('The simulator did nothing.');
  const { directory, events, eventCount } = answer;
  return {
    directory: String(directory),
    events: (Array.isArray(events) ? events : [])
      .filter(isObject)
      .map(({ id, event }) => ({ id: String(id), event: String(event) })),
    eventCount: Number(eventCount),
  };
};
