import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { accessOf } from '../../src/domain/access.ts';
import { isAlive } from '../../src/domain/lifecycle.ts';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { unseenRecord } from '../../src/domain/record.ts';
import type { Told } from '../../src/domain/told.ts';
import { isNewer } from '../../src/domain/version.ts';
import { historyFrom, retelling } from './arbitraries.ts';
import { createDirectoryInMemory } from './directory-in-memory.ts';
import { at, directoryActivated, directoryDeleted, personDeleted, told } from './observations.ts';

const DELETED = at(900);

/** Whether somebody has access, and since when not; the reason of an absence may be told anew. */
const endOf = (
  { users }: ReturnType<typeof createDirectoryInMemory>,
  id: Parameters<typeof users.get>[0],
) => {
  const { deletionReason: _reason, ...access } = accessOf(users.get(id)?.record ?? unseenRecord);
  return access;
};

/** Tells the batches, then ends everybody as the activity of a deleted directory does. */
const endedAfter = (batches: readonly (readonly Told[])[]) => {
  const directory = createDirectoryInMemory({
    ...DEFAULT_POLICY,
    onDirectoryDeleted: 'deprovision',
  });
  directory.apply([told(directoryActivated(at(1)))]);
  for (const batch of batches) directory.apply(batch);
  const left = [...directory.users].filter(
    ([, { record }]) => isAlive(record.life) && isNewer(DELETED, record.life.alive),
  );
  directory.apply(left.map(([id]) => told(personDeleted(id, DELETED))));
  return {
    users: Object.fromEntries(
      [...directory.users.keys()].toSorted().map((id) => [id, endOf(directory, id)]),
    ),
    live: [...directory.memberships].filter(([, { live }]) => live).map(([id]) => id),
  };
};

test('a deprovisioned directory ends the same, whenever what came before its deletion is told', () => {
  fc.assert(
    fc.property(
      historyFrom(10).chain((events) =>
        fc.record({
          events: fc.constant(events),
          batches: retelling([...events, told(directoryDeleted(DELETED))]),
        }),
      ),
      ({ events, batches }) => {
        const ended = endedAfter(batches);
        expect(ended).toEqual(endedAfter([events, [told(directoryDeleted(DELETED))]]));
        expect(ended.live).toEqual([]);
        expect(Object.values(ended.users).filter((access) => access.enabled)).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});
