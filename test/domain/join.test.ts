import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import {
  joinLifecycles,
  lastDeletion,
  seenAlive,
  seenDeleted,
  UNSEEN,
} from '../../src/domain/lifecycle.ts';
import {
  joinMemberships,
  observeMembership,
  unseenMembership,
} from '../../src/domain/membership.ts';
import { joinRecords, observe, unseenRecord } from '../../src/domain/record.ts';
import {
  eventVersion,
  fenceVersion,
  isNewer,
  newest,
  versionEvent,
  versionTime,
} from '../../src/domain/version.ts';
import { eventId } from '../../src/domain/ids.ts';
import { lifecycle, membership, record, summaryAt, version } from './arbitraries.ts';

const semilattice = <Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  join: (a: Value, b: Value) => Value,
): void => {
  describe(`the join of ${name}`, () => {
    test('is commutative', () => {
      fc.assert(fc.property(values, values, (a, b) => expect(join(a, b)).toEqual(join(b, a))));
    });
    test('is associative', () => {
      fc.assert(
        fc.property(values, values, values, (a, b, c) =>
          expect(join(join(a, b), c)).toEqual(join(a, join(b, c))),
        ),
      );
    });
    test('is idempotent', () => {
      fc.assert(fc.property(values, (a) => expect(join(a, a)).toEqual(a)));
    });
  });
};

semilattice('lives', lifecycle, joinLifecycles);
semilattice('records', record, joinRecords);
semilattice('memberships', membership, joinMemberships);

test('observing a record is joining it with that one observation', () => {
  fc.assert(
    fc.property(record, version, fc.boolean(), (known, seen, alive) => {
      const sighting = alive
        ? ({ version: seen, shows: 'alive', content: summaryAt(seen) } as const)
        : ({ version: seen, shows: 'deleted' } as const);
      const single = observe(unseenRecord, sighting);
      expect(observe(known, sighting)).toEqual(joinRecords(known, single));
    }),
  );
});

test('observing a membership is joining it with that one observation', () => {
  fc.assert(
    fc.property(membership, version, fc.constantFrom('added', 'removed'), (known, seen, shows) => {
      const single = observeMembership(unseenMembership, { shows, version: seen });
      expect(observeMembership(known, { shows, version: seen })).toEqual(
        joinMemberships(known, single),
      );
    }),
  );
});

test('a sighting that changes nothing returns the same life, so that it is not written', () => {
  fc.assert(
    fc.property(lifecycle, version, (life, seen) => {
      const alive = seenAlive(life, seen);
      const deleted = seenDeleted(life, seen);
      expect(seenAlive(alive, seen)).toBe(alive);
      expect(seenDeleted(deleted, seen)).toBe(deleted);
      const overtaken = isNewer(life.alive, seen) && isNewer(lastDeletion(life), seen);
      expect(overtaken && seenDeleted(life, seen) !== life).toBe(false);
    }),
  );
});

test('an unseen life is neutral', () => {
  fc.assert(fc.property(lifecycle, (life) => expect(joinLifecycles(life, UNSEEN)).toEqual(life)));
});

test('versions are ordered by time, then by event id, and a fence comes first of its millisecond', () => {
  const stamp = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 4_102_444_800_000 })),
    fc.oneof(fc.constant(''), fc.stringMatching(/^event_[0-9A-Z]{1,4}$/)),
  );
  fc.assert(
    fc.property(stamp, stamp, ([timeA, idA], [timeB, idB]) => {
      const a = idA === '' ? fenceVersion(timeA) : eventVersion(timeA, eventId(idA));
      const b = idB === '' ? fenceVersion(timeB) : eventVersion(timeB, eventId(idB));
      const later = timeA === timeB ? idA > idB : timeA > timeB;
      expect(isNewer(a, b)).toBe(later);
      expect(newest(a, b)).toBe(later ? a : b);
      expect(versionTime(a)).toBe(timeA);
      expect(versionEvent(a)).toBe(idA === '' ? null : idA);
    }),
  );
});

test('anything is newer than nothing, and nothing is newer than nothing', () => {
  fc.assert(
    fc.property(version, (seen) => {
      expect([isNewer(seen, null), isNewer(null, seen), isNewer(null, null)]).toEqual([
        true,
        false,
        false,
      ]);
    }),
  );
});
