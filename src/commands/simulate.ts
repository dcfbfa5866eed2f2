import type { CommandDeps } from './command-deps.ts';
import { facts, table } from './layout.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';

type Deps = Pick<CommandDeps, 'fetch' | 'simulatorUrl'>;

interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, { readonly type: string }>>;
}

/** Lists the simulator's scenarios with the options that each takes. */
export const listScenarios = async (deps: Deps): Promise<Outcome> => {
  const scenarios = await readScenarios(deps);
  return {
    data: scenarios,
    text: table(
      ['scenario', 'what happens', 'options'],
      scenarios.map(({ name, description, parameters }) => [
        name,
        description,
        Object.keys(parameters)
          .map((key) => `--${key.replaceAll('_', '-')}`)
          .join(' '),
      ]),
    ),
  };
};

/**
 * Plays a scenario in the simulator; `options` are what stands after its name, as `--key value`.
 * A repeat plays it again. Throws Refused for an unknown scenario or option (exit 2).
 */
export const simulate = async (
  deps: Deps,
  { scenario, options }: { readonly scenario: string; readonly options: readonly string[] },
): Promise<Outcome> => {
  const scenarios = await readScenarios(deps);
  const found = scenarios.find(({ name }) => name === scenario);
  if (found === undefined) {
    const names = scenarios.map(({ name }) => name).join(', ');
    throw new Refused(`Unknown scenario ${scenario}; there are ${names}.`, EXIT.usage);
  }
  const data = await ask(deps, `/_simulator/scenarios/${encodeURIComponent(scenario)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(readOptions(found, options)),
  });
  return { data, text: played(data) };
};

const SHOWN_EVENTS = 5;

/** What a scenario did, for a person: whom it chose, and the events that tell of it. */
const played = (data: unknown): string => {
  const { events, eventCount, ...ids } = data as {
    readonly events?: readonly { readonly id: string; readonly event: string }[];
    readonly eventCount?: number;
  } & Readonly<Record<string, unknown>>;
  const shown = (events ?? []).slice(0, SHOWN_EVENTS);
  const more = (eventCount ?? 0) - shown.length;
  return facts([
    ...Object.entries(ids).map(([key, value]): readonly [string, string] => [key, textOf(value)]),
    ...shown.map(({ id, event }): readonly [string, string] => ['event', `${event} ${id}`]),
    ...(more > 0 ? [['event', `and ${more} more`] as const] : []),
  ]);
};

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? `${value.slice(0, SHOWN_EVENTS).join(', ')}${value.length > SHOWN_EVENTS ? ` and ${value.length - SHOWN_EVENTS} more` : ''}`
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

const readScenarios = async (deps: Deps): Promise<readonly Scenario[]> => {
  const scenarios: Scenario[] = JSON.parse(
    JSON.stringify(await ask(deps, '/_simulator/scenarios')),
  );
  return scenarios;
};

/** The options of a scenario as the simulator takes them, numbers and lists read by its description. */
export const readOptions = (
  { name, parameters }: Scenario,
  options: readonly string[],
): Readonly<Record<string, unknown>> => {
  const read: Record<string, unknown> = {};
  for (let at = 0; at < options.length; at += 2) {
    const [flag = '', joined] = (options[at] ?? '').split(/=(.*)/s);
    const key = flag.replace(/^--/, '').replaceAll('-', '_');
    const parameter = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
    if (!flag.startsWith('--') || parameter === undefined) {
      const allowed = Object.keys(parameters).map((one) => `--${one.replaceAll('_', '-')}`);
      throw new Refused(
        `Scenario ${name} does not take ${flag}; it takes ${allowed.join(', ') || 'no options'}.`,
        EXIT.usage,
      );
    }
    const value = joined ?? options[at + 1];
    if (joined !== undefined) at -= 1;
    if (value === undefined) throw new Refused(`Option ${flag} needs a value.`, EXIT.usage);
    read[key] = readValue(flag, parameter.type, value);
  }
  return read;
};

const readValue = (flag: string, type: string, value: string): unknown => {
  switch (type) {
    case 'integer':
    case 'number': {
      const number = Number(value);
      if (value.trim() === '' || Number.isNaN(number)) {
        throw new Refused(`Option ${flag} must be a number.`, EXIT.usage);
      }
      return number;
    }
    case 'boolean':
      if (value !== 'true' && value !== 'false') {
        throw new Refused(`Option ${flag} must be true or false.`, EXIT.usage);
      }
      return value === 'true';
    case 'list of strings':
      return value.split(',');
    // The simulator knows its own types best and refuses what is wrong.
    default:
      return value;
  }
};

const ask = async (deps: Deps, path: string, init: RequestInit = {}): Promise<unknown> => {
  if (deps.simulatorUrl === null) {
    throw new Refused('No simulator is known: run `npm start`, or set SIMULATOR_URL.');
  }
  const answer = await deps
    .fetch(`${deps.simulatorUrl}${path}`, { ...init, signal: AbortSignal.timeout(60_000) })
    .catch(() => null);
  if (answer === null) {
    throw new Refused(`The simulator does not answer at ${deps.simulatorUrl}; is it running?`);
  }
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body;
  const said = typeof body === 'object' && body !== null && 'message' in body ? body.message : null;
  throw new Refused(
    typeof said === 'string' ? said : `The simulator refused with status ${answer.status}.`,
  );
};
