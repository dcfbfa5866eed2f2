import { readParameters } from '../parameters.ts';
import type { Parameters, ValuesOf } from '../parameters.ts';
import type { Draft } from '../world.ts';

/** What was made or touched, by id; never personal data beyond what the caller sent. */
export type Outcome = Readonly<Record<string, unknown>>;

/** Something that can be done to the world by name, from JSON: an act, or a scenario made of acts. */
export type Definition = {
  readonly description: string;
  readonly parameters: Parameters;
  readonly perform: (draft: Draft, input: unknown) => Outcome;
};

/** Binds a typed function to the description of its parameters; `what` names it in refusals. */
export const define = <const S extends Parameters>(
  what: string,
  description: string,
  {
    parameters,
    perform,
  }: { parameters: S; perform: (draft: Draft, values: ValuesOf<S>) => Outcome },
): Definition => ({
  description,
  parameters,
  perform: (draft, input) => perform(draft, readParameters(what, parameters, input)),
});
