import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { accessOf } from '../../src/domain/access.ts';
import { directoryUserId, groupId } from '../../src/domain/ids.ts';
import { isAlive } from '../../src/domain/lifecycle.ts';
import { owesRead } from '../../src/domain/record.ts';
import type { Told } from '../../src/domain/told.ts';
import { createDirectoryInMemory, type DirectoryInMemory } from './directory-in-memory.ts';
import {
  type Act,
  createDirectoryModel,
  type DirectoryModel,
  GROUPS,
  PEOPLE,
} from './directory-model.ts';
import { fence, member, told } from './observations.ts';

/** A directory with somebody in some group, so that few random acts are void. */
const BEGINNING: readonly Act[] = [
  { does: 'join', person: 'ann', group: 'staff' },
  { does: 'create-group', person: 'ann', group: 'staff' },
  { does: 'add', person: 'ann', group: 'staff' },
  { does: 'join', person: 'bob', group: 'staff' },
];

const anyAct: fc.Arbitrary<Act> = fc.record({
  does: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'add',
        'leave-keeping-groups',
        'return-silently',
        'return-group',
        'delete-group',
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'join',
        'edit',
        'suspend',
        'activate',
        'leave',
        'return-with-events',
        'remove',
        'move-while-away',
        'create-group',
        'delete-group-with-removals',
      ),
    },
  ),
  // Mostly one person and one group, so that one life sees many turns.
  person: fc.constantFrom('ann', ...PEOPLE),
  group: fc.constantFrom('staff', ...GROUPS),
});

const acts: fc.Arbitrary<readonly Act[]> = fc
  .array(anyAct, { maxLength: 40, size: 'max' })
  .map((random) => [...BEGINNING, ...random]);

/** How a history reaches the engine: some of it half-way, the rest and repeats at the end. */
const telling = fc.record({
  halfway: fc.constantFrom(0, 0.25, 0.5, 0.75),
  order: fc.array(fc.nat(999), { minLength: 1, maxLength: 60, size: 'max' }),
  heardEarly: fc.array(fc.constantFrom(true, true, true, false), {
    minLength: 1,
    maxLength: 60,
    size: 'max',
  }),
  early: fc.integer({ min: 0, max: 4 }),
  size: fc.integer({ min: 1, max: 20 }),
});
type Telling = typeof telling extends fc.Arbitrary<infer Value> ? Value : never;

const cycle = <Value>(values: readonly Value[], index: number): Value =>
  values[index % values.length] as Value;

const deliver = (engine: DirectoryInMemory, events: readonly Told[], how: Telling): void => {
  const shuffled = events
    .map((event, index) => ({ event, rank: cycle(how.order, index) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ event }) => event);
  for (let from = 0; from < shuffled.length; from += how.size)
    engine.apply(shuffled.slice(from, from + how.size));
};

/** Pays every debt by a complete read that began at `since`; whom the API does not know is skipped. */
const payDebts = (engine: DirectoryInMemory, model: DirectoryModel, since: number): void => {
  const version = fence(since);
  for (const p of PEOPLE) {
    const id = directoryUserId(p);
    const known = engine.users.get(id);
    const listed = model.listGroups(p);
    if (known === undefined || listed === null || !owesRead(known.record, null)) continue;
    const seen = listed.map((g) => told(member({ group: g, user: p }, 'added', version)));
    engine.apply(seen, [{ fence: version, users: [id], groups: [] }]);
  }
  for (const g of GROUPS) {
    const id = groupId(g);
    const known = engine.groups.get(id);
    const listed = model.listMembers(g);
    if (known === undefined || listed === null || !owesRead(known.record, null)) continue;
    const seen = listed.map((p) => told(member({ group: g, user: p }, 'added', version)));
    engine.apply(seen, [{ fence: version, users: [], groups: [id] }]);
  }
};

const outcome = (engine: DirectoryInMemory) => ({
  people: Object.fromEntries(
    [...engine.users]
      .map(([id, { record }]) => ({ id, record, access: accessOf(record) }))
      .filter(({ access }) => access.exists)
      .map(({ id, record, access }) => [
        id,
        {
          enabled: access.enabled,
          deleted: access.deletedAt !== null,
          email: record.dated?.content.email,
        },
      ]),
  ),
  groups: GROUPS.filter((g) => {
    const known = engine.groups.get(groupId(g));
    return known !== undefined && isAlive(known.record.life);
  }),
  members: [...engine.memberships]
    .filter(([, { live }]) => live)
    .map(([id]) => id)
    .toSorted(),
});

const live = (script: readonly Act[], how: Telling, pay: typeof payDebts) => {
  const model = createDirectoryModel();
  const engine = createDirectoryInMemory();
  const half = Math.floor(script.length * how.halfway);
  for (const act of script.slice(0, half)) model.act(act);
  const heard = model.events.filter((_, index) => cycle(how.heardEarly, index));
  deliver(engine, heard, how);
  pay(engine, model, model.now() + 1 - how.early);
  for (const act of script.slice(half)) model.act(act);
  deliver(engine, model.events, how);
  pay(engine, model, model.now() + 1);
  return { engine, model };
};

describe('a directory in which deletions may keep memberships', () => {
  test('is mirrored exactly, whatever the order, once every owed read is paid', () => {
    fc.assert(
      fc.property(acts, telling, (script, how) => {
        const { engine, model } = live(script, how, payDebts);
        expect(outcome(engine)).toEqual(model.truth());
      }),
      { numRuns: 1_000 },
    );
  });

  test('owes nothing more once the reads are paid', () => {
    fc.assert(
      fc.property(acts, telling, (script, how) => {
        const { engine, model } = live(script, how, payDebts);
        const before = engine.outcome();
        payDebts(engine, model, model.now() + 2);
        expect(engine.outcome()).toEqual(before);
      }),
    );
  });

  test('would end wrong in some histories if the owed reads were not paid', () => {
    const histories = fc.sample(fc.tuple(acts, telling), { seed: 7, numRuns: 500 });
    const wrong = histories.filter(([script, how]) => {
      const { engine, model } = live(script, how, () => undefined);
      return JSON.stringify(outcome(engine).members) !== JSON.stringify(model.truth().members);
    });

    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong.length).toBeLessThan(histories.length);
  });
});
