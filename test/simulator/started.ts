import { startSimulator } from '../../src/simulator/start-simulator.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/start-simulator.ts';

export type Answer = {
  readonly method: string;
  readonly pathname: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: any; // oxlint-disable-line typescript/no-explicit-any -- asserted on by every test
};

export type Started = Simulator & {
  readonly call: (path: string, init?: RequestInit) => Promise<Answer>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** One request with a valid key. */
export const callApi = async (
  base: string,
  path: string,
  init: RequestInit = {},
): Promise<Answer> => {
  const url = new URL(path, base);
  const headers = new Headers(init.headers);
  if (!headers.has('authorization')) headers.set('authorization', 'Bearer sk_test');
  if (init.body !== undefined) headers.set('content-type', 'application/json');
  const answer = await fetch(url, { ...init, headers });
  const text = await answer.text();
  return {
    method: init.method ?? 'GET',
    pathname: url.pathname,
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
};

/** A simulator without a visibility lag unless asked for, closed at the end of its block. */
export const started = async (options: SimulatorOptions = {}): Promise<Started> => {
  const simulator = await startSimulator({
    ...options,
    knobs: { visibilityLagMs: 0, ...options.knobs },
  });
  return {
    ...simulator,
    call: (path, init) => callApi(simulator.url, path, init),
    [Symbol.asyncDispose]: simulator.close,
  };
};

/** A clock the test moves. */
export const movableClock = (
  start = Date.parse('2026-03-01T12:00:00Z'),
): { now: () => number; pass: (ms: number) => void } => {
  let time = start;
  return {
    now: () => time,
    pass: (ms) => {
      time += ms;
    },
  };
};

/** Waits until the condition holds; the test's own time limit ends it otherwise. */
export const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};
