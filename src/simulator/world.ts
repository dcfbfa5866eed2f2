import { applyChange } from './changes.ts';
import type { Change, EventChange } from './changes.ts';
import type { Ids } from './ids.ts';
import { noJournal, openJournal } from './journal.ts';
import type { Random } from './random.ts';
import { emptyState } from './state.ts';
import type { Delivery, EventRecord, State } from './state.ts';

/** What an act works on: it sees its own changes at once, and all of them go if it throws. */
export type Draft = {
  readonly state: Readonly<State>;
  /** Milliseconds; the same throughout one transaction. */
  readonly now: number;
  readonly random: Random;
  readonly newId: (prefix: string) => string;
  readonly put: (change: Exclude<Change, EventChange>) => void;
  /** Appends an event; a directory that is not activated has none, so there it does nothing. */
  readonly emit: (event: Omit<EventChange, 'kind' | 'id' | 'at'>) => void;
};

export type World = {
  readonly state: Readonly<State>;
  readonly now: () => number;
  /** Runs `act` as one whole: stored and told to the deliveries when it returns, undone when it throws. */
  readonly transact: <T>(act: (draft: Draft) => T) => T;
  readonly close: () => void;
};

type Dependencies = {
  readonly dataFile: string | undefined;
  readonly now: () => number;
  readonly random: Random;
  readonly ids: Ids;
  /** Decides which webhooks new events owe; they are stored with the events. */
  readonly planDeliveries: (state: Readonly<State>, events: readonly EventRecord[]) => Delivery[];
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
};

const idOf = (change: Change): string | undefined => {
  if (change.kind === 'event') return change.id;
  return 'record' in change ? change.record.id : undefined;
};

/** Opens the world, from its data file if there is one. Throws one sentence when that file is damaged. */
export const openWorld = ({
  dataFile,
  now,
  random,
  ids,
  planDeliveries,
  onDeliveries,
}: Dependencies): World => {
  const state = emptyState();
  const replay = (changes: readonly Change[]): void => {
    for (const change of changes) {
      applyChange(state, change);
      const id = idOf(change);
      if (id !== undefined) ids.observe(id);
    }
  };
  const journal = dataFile === undefined ? noJournal : openJournal(dataFile, replay);

  const transact = <T>(act: (draft: Draft) => T): T => {
    const changes: Change[] = [];
    const undo: (() => void)[] = [];
    const firstEvent = state.events.length;
    const time = Math.max(now(), state.events.at(-1)?.at ?? 0);
    const apply = (change: Change): void => {
      undo.push(applyChange(state, change));
      changes.push(change);
    };
    const draft: Draft = {
      state,
      now: time,
      random,
      newId: (prefix) => ids.next(prefix, time),
      put: apply,
      emit: (event) => {
        if (state.directories.get(event.directory)?.activated !== true) return;
        apply({ kind: 'event', id: ids.next('event', time), at: time, ...event });
      },
    };
    let planned: Delivery[];
    let result: T;
    try {
      result = act(draft);
      planned = planDeliveries(state, state.events.slice(firstEvent));
      for (const delivery of planned) apply({ kind: 'delivery', delivery });
      journal.append(changes);
    } catch (error) {
      for (const takeBack of undo.toReversed()) takeBack();
      throw error;
    }
    if (planned.length > 0) onDeliveries(planned);
    return result;
  };

  return { state, now, transact, close: () => journal.close() };
};
