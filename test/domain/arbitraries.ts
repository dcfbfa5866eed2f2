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

interface Subject {
  readonly user: string;
  readonly group: string;
}

const EVENTS: Readonly<Record<string, (about: Subject, time: number) => Told>> = {
  person: ({ user }, time) => told(person(user, at(time))),
  inactive: ({ user }, time) => told(person(user, at(time), { state: 'inactive' })),
  personDeleted: ({ user }, time) => told(personDeleted(user, at(time))),
  personAbsent: ({ user }, time) => told(personDeleted(user, fence(time))),
  group: (about, time) => told(group(about.group, at(time))),
  groupDeleted: (about, time) => told(groupDeleted(about.group, at(time))),
  added: (about, time) =>
    told(
      person(about.user, at(time)),
      group(about.group, at(time)),
      member(about, 'added', at(time)),
    ),
  removed: (about, time) => told(member(about, 'removed', at(time))),
};

/** Any history of events and absences over three people and two groups, each with its own version. */
export const historyFrom = (start: number): fc.Arbitrary<readonly Told[]> =>
  fc
    .array(
      fc.record({
        tell: fc.constantFrom(...Object.values(EVENTS)),
        user: fc.constantFrom('ann', 'bob', 'cy'),
        group: fc.constantFrom('staff', 'board'),
      }),
      { maxLength: 24, size: 'max' },
    )
    .map((events) => events.map(({ tell, ...about }, index) => tell(about, start + index)));

export const history = historyFrom(10);

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
