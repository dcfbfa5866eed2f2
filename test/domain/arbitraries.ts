import * as fc from 'fast-check';

import type { UserSummary } from '../../src/domain/access.ts';
import { joinLifecycles, type Lifecycle, UNSEEN } from '../../src/domain/lifecycle.ts';
import type { Membership } from '../../src/domain/membership.ts';
import type { Dated, JoinedRecord } from '../../src/domain/record.ts';
import type { Told } from '../../src/domain/told.ts';
import { type Version, versionTime } from '../../src/domain/version.ts';
import {
  at,
  fence,
  group,
  groupDeleted,
  member,
  person,
  personDeleted,
  told,
} from './observations.ts';

/** Few distinct versions, so that equal and near ones meet often; fences among them. */
export const version: fc.Arbitrary<Version> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('a', 'b')).map(([t, id]) => at(t, id)),
  fc.integer({ min: 1, max: 9 }).map(fence),
);

const maybeVersion = fc.option(version, { nil: null });

/** A life as any sequence of observations may leave it. */
export const lifecycle: fc.Arbitrary<Lifecycle> = fc
  .tuple(maybeVersion, fc.array(version, { maxLength: 4 }))
  .map(([alive, deletions]) => joinLifecycles(UNSEEN, { alive, deletions }));

/** Content that is a function of its version, as an event's content is. */
export const summaryAt = (seen: Version): UserSummary => ({
  updatedAt: (versionTime(seen) * 7) % 5,
  state: versionTime(seen) % 3 === 0 ? 'inactive' : 'active',
  email: `${seen}@example.com`,
});

const dated: fc.Arbitrary<Dated<UserSummary>> = version.map((seen) => ({
  version: seen,
  updatedAt: summaryAt(seen).updatedAt,
  content: summaryAt(seen),
}));

export const record: fc.Arbitrary<JoinedRecord<UserSummary>> = fc.record({
  life: lifecycle,
  dated: fc.option(dated, { nil: null }),
  listed: maybeVersion,
  readAfter: maybeVersion,
});

export const membership: fc.Arbitrary<Membership> = fc.record({
  added: maybeVersion,
  removed: maybeVersion,
});

const KINDS = [
  'person',
  'inactive',
  'person-deleted',
  'group',
  'group-deleted',
  'added',
  'removed',
  'absent-person',
] as const;

/** Any history of events and absences over three people and two groups, each with its own version. */
export const history: fc.Arbitrary<readonly Told[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      user: fc.constantFrom('ann', 'bob', 'cy'),
      group: fc.constantFrom('staff', 'board'),
    }),
    { maxLength: 24, size: 'max' },
  )
  .map((events) =>
    events.map((event, index) => {
      const seen = at(10 + index);
      switch (event.kind) {
        case 'person':
          return told(person(event.user, seen));
        case 'inactive':
          return told(person(event.user, seen, { state: 'inactive' }));
        case 'person-deleted':
          return told(personDeleted(event.user, seen));
        case 'group':
          return told(group(event.group, seen));
        case 'group-deleted':
          return told(groupDeleted(event.group, seen));
        case 'added':
          return told(
            person(event.user, seen),
            group(event.group, seen),
            member(event, 'added', seen),
          );
        case 'removed':
          return told(member(event, 'removed', seen));
        case 'absent-person':
          return told(personDeleted(event.user, fence(10 + index)));
      }
    }),
  );

/** The same items in another order with repeats, and cut into batches. */
export const retelling = <Item>(
  items: readonly Item[],
): fc.Arbitrary<readonly (readonly Item[])[]> =>
  fc
    .record({
      order: fc.shuffledSubarray([...items], { minLength: items.length }),
      repeats: fc.array(fc.nat(), { maxLength: 6 }),
      size: fc.integer({ min: 1, max: items.length + 6 }),
    })
    .map(({ order, repeats, size }) => {
      const repeated = repeats.flatMap((index) =>
        order.slice(index % (order.length || 1)).slice(0, 1),
      );
      const all = [...order, ...repeated];
      const batches: (readonly Item[])[] = [];
      for (let from = 0; from < all.length; from += size)
        batches.push(all.slice(from, from + size));
      return batches;
    });
