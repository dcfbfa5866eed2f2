import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Told } from '../../src/domain/told.ts';
import { history, retelling } from './arbitraries.ts';
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
    { numRuns: 300 },
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
          directory: { record: directory.directory().record, content: null, owesBackfill: false },
          audit: [],
          mails: [],
          endedUsers: [],
          endedGroups: [],
        });
      }
    }),
    { numRuns: 300 },
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
