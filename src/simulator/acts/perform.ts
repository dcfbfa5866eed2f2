import { Refusal } from '../refusal.ts';
import { isJson } from '../wire.ts';
import type { World } from '../world.ts';
import type { Definition, Outcome } from './definition.ts';
import { directoryActs } from './directory-acts.ts';
import { groupActs } from './group-acts.ts';
import { userActs } from './user-acts.ts';

/** The acts by name. */
export const acts: Readonly<Record<string, Definition>> = {
  ...directoryActs,
  ...userActs,
  ...groupActs,
};

/** What was done: ids, and the events made; beyond 1,000 events only the count is whole. */
export type Done = Outcome & {
  readonly events: readonly { readonly id: string; readonly event: string }[];
  readonly eventCount: number;
};

const EVENTS_SHOWN = 1_000;

/** Runs one definition inside a transaction and adds the events it made to its outcome. */
export const performWithEvents = (
  definition: Definition,
  { draft, input }: { draft: Parameters<Definition['perform']>[0]; input: unknown },
): Done => {
  const first = draft.state.events.length;
  const outcome = definition.perform(draft, input);
  const eventCount = draft.state.events.length - first;
  const shown = draft.state.events.slice(first, first + EVENTS_SHOWN);
  return { ...outcome, events: shown.map(({ id, event }) => ({ id, event })), eventCount };
};

const namedAct = (
  entry: unknown,
  index: number,
): { name: string; definition: Definition; input: unknown } => {
  const { act: name, ...input } = isJson(entry) ? entry : {};
  if (typeof name !== 'string') {
    throw new Refusal(400, `Act ${index + 1} must be an object with the name of an act in "act".`);
  }
  const definition = Object.hasOwn(acts, name) ? acts[name] : undefined;
  if (definition === undefined) {
    const names = Object.keys(acts).join(', ');
    throw new Refusal(404, `Unknown act "${name}": allowed are ${names}.`);
  }
  return { name, definition, input };
};

/** Performs a list of acts as one whole: a Refusal of any of them leaves the world as it was. */
export const performActs = (world: World, list: unknown): (Done & { act: string })[] => {
  if (!Array.isArray(list)) throw new Refusal(400, 'The body must be a list of acts.');
  const named = list.map(namedAct);
  return world.transact((draft) =>
    named.map(({ name, definition, input }) => ({
      act: name,
      ...performWithEvents(definition, { draft, input }),
    })),
  );
};
