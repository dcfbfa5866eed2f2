import { performWithEvents } from '../acts/perform.ts';
import type { Done } from '../acts/perform.ts';
import type { Parameters } from '../parameters.ts';
import { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';
import { scenarios } from './scenarios.ts';

/** Plays a scenario as one whole. Throws a Refusal for an unknown name, a wrong parameter, or nobody to play it with. */
export const playScenario = (
  world: World,
  name: string,
  input: unknown = {},
): Done & { scenario: string } => {
  const definition = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (definition === undefined) {
    const names = Object.keys(scenarios).join(', ');
    throw new Refusal(404, `Unknown scenario "${name}": allowed are ${names}.`);
  }
  return world.transact((draft) => ({
    scenario: name,
    ...performWithEvents(definition, { draft, input }),
  }));
};

/** Every scenario with what it does and takes. */
export const describeScenarios = (): {
  name: string;
  description: string;
  parameters: Parameters;
}[] =>
  Object.entries(scenarios).map(([name, { description, parameters }]) => ({
    name,
    description,
    parameters,
  }));
