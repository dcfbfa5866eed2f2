import { performActs } from './acts/perform.ts';
import type { Done } from './acts/perform.ts';
import type { DeliveryCounts } from './deliveries.ts';
import { readKnobs } from './knobs.ts';
import type { Knobs } from './knobs.ts';
import { playScenario } from './scenarios/play.ts';
import { truthOf } from './truth.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

export type Health = {
  readonly status: 'ok';
  readonly directories: number;
  readonly users: number;
  readonly events: number;
  readonly webhooks: DeliveryCounts;
};

/** What may be done to the simulator; the same by HTTP and in process. All but the reads throw a Refusal on bad input. */
export type Controls = {
  /** A list of acts as one whole: [{act: 'create-user', …}, …]. */
  readonly perform: (acts: unknown) => (Done & { act: string })[];
  readonly play: (scenario: string, parameters?: unknown) => Done & { scenario: string };
  readonly truth: (directory?: string) => Truth;
  readonly knobs: () => Knobs;
  /** Sets some knobs, at once and for good (they are kept in the data file); answers all. */
  readonly setKnobs: (knobs: unknown) => Knobs;
  readonly health: () => Health;
};

/** The controls of one world. */
export const createControls = (world: World, webhooks: () => DeliveryCounts): Controls => ({
  perform: (acts) => performActs(world, acts),
  play: (scenario, parameters) => playScenario(world, scenario, parameters),
  truth: (directory) => truthOf(world.state, directory),
  knobs: () => world.state.knobs,
  setKnobs: (input) => {
    const knobs = readKnobs(input);
    return world.transact(({ put, state }) => {
      put({ kind: 'knobs', knobs });
      return state.knobs;
    });
  },
  health: () => ({
    status: 'ok',
    directories: [...world.state.directories.values()].filter(({ deleted }) => !deleted).length,
    users: [...world.state.users.values()].filter(({ deleted }) => !deleted).length,
    events: world.state.events.length,
    webhooks: webhooks(),
  }),
});
