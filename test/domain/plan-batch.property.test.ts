import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { directoryUserId } from '../../src/domain/ids.ts';
import type { Told } from '../../src/domain/told.ts';
import { at, person, personDeleted, told } from './observations.ts';
import { history, historyFrom, retelling } from './arbitraries.ts';
import { createDirectoryInMemory, type DirectoryInMemory } from './directory-in-memory.ts';

const tell = (batches: readonly (readonly Told[])[]): DirectoryInMemory => {
  const directory = createDirectoryInMemory();
  for (const batch of batches) directory.apply(batch);
  return directory;
};

const retold = history.chain((events) =>
  fc.record({ events: fc.constant(events), batches: retelling(events) }),
);

test('any order, repetition and batching of a history ends in the same state', () => {
  fc.assert(
    fc.property(retold, ({ events, batches }) => {
      const expected = tell([events]).outcome();
      expect(tell(events.map((event) => [event])).outcome()).toEqual(expected);
      expect(tell(batches).outcome()).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test('a repeat plans nothing: no writes, no audit, no mail', () => {
  fc.assert(
    fc.property(retold, ({ events, batches }) => {
      const directory = tell([events]);
      for (const batch of batches) {
        expect(directory.apply(batch)).toEqual({
          users: [],
          groups: [],
          memberships: [],
          directory: {
            record: directory.directory().record,
            content: null,
            owesBackfill: false,
            deprovisioned: null,
            otherOrganization: null,
          },
          audit: [],
          mails: [],
          mailsAgain: [],
          endedUsers: [],
          endedGroups: [],
        });
      }
    }),
    { numRuns: 200 },
  );
});

test('nobody is welcomed twice, whatever is repeated', () => {
  fc.assert(
    fc.property(retold, ({ batches }) => {
      const welcomed = tell([...batches, ...batches]).mails.map((mail) => mail.user);
      expect(welcomed).toEqual([...new Set(welcomed)]);
    }),
  );
});

/** What outlives a purge; rows of memberships that were over before it may go or stay. */
const lasting = (directory: DirectoryInMemory) => {
  const { users, groups, memberships } = directory.outcome();
  const live = Object.keys(memberships).filter((id) => memberships[id]?.live);
  return { users, groups, live };
};

test('a purged person ends alike in any order, too, and the purged life leaves no content', () => {
  const lives = fc.tuple(historyFrom(10), historyFrom(110)).chain(([old, recent]) =>
    fc.record({
      old: fc.constant(old),
      recent: fc.constant(recent),
      batches: retelling([...old, ...recent]),
    }),
  );
  const ann = directoryUserId('ann');
  const purged = (old: readonly Told[]): DirectoryInMemory => {
    const directory = tell([old, [told(person('ann', at(99)), personDeleted('ann', at(100)))]]);
    directory.purge(ann);
    return directory;
  };
  fc.assert(
    fc.property(lives, ({ old, recent, batches }) => {
      const expected = purged(old);
      for (const event of recent) expected.apply([event]);
      const actual = purged(old);
      for (const batch of batches) actual.apply(batch);
      expect(lasting(actual)).toEqual(lasting(expected));
      const content = actual.users.get(ann)?.record.dated?.version ?? at(110);
      expect(content >= at(110)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
