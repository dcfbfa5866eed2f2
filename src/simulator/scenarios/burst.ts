import { createGroup, deleteGroup, updateGroup } from '../acts/groups.ts';
import { addMember, removeMember } from '../acts/members.ts';
import { activateUser, deactivateUser, deleteUser, returnUser } from '../acts/users.ts';
import { Refusal } from '../refusal.ts';
import { groupsOfUser } from '../render.ts';
import type { DirectoryRecord } from '../state.ts';
import type { Draft } from '../world.ts';
import { isActive, isDeactivated, isDeleted, someGroup, someUser } from './eligible.ts';
import { hire, invent, move, retitle } from './steps.ts';

type Step = (draft: Draft, directory: DirectoryRecord) => void;

const withSomeone =
  (
    fits: Parameters<typeof someUser>[2],
    act: (draft: Draft, user: NonNullable<ReturnType<typeof someUser>>) => void,
  ): Step =>
  (draft, directory) => {
    const user = someUser(draft, directory, fits);
    if (user !== undefined) act(draft, user);
  };

const join: Step = (draft, directory) => {
  const user = someUser(draft, directory, isActive);
  if (user === undefined) return;
  const mine = new Set(groupsOfUser(draft.state, user));
  const group = someGroup(draft, directory, (other) => !mine.has(other));
  if (group !== undefined) addMember(draft, { group, user });
};

const leaveGroup: Step = withSomeone(isActive, (draft, user) => {
  const mine = groupsOfUser(draft.state, user);
  const group = mine[draft.random.below(mine.length)];
  if (group !== undefined) removeMember(draft, { group, user });
});

const renameGroup: Step = (draft, directory) => {
  const group = someGroup(draft, directory);
  const name = group?.wire.name.replace(/ \d+$/, '');
  if (group !== undefined)
    updateGroup(draft, group, { name: `${name} ${draft.random.below(1_000)}` });
};

/** Steps and their weights; who comes and who goes are about even. */
const STEPS: readonly (readonly [number, Step])[] = [
  [12, (draft, directory) => hire(draft, { directory, person: invent(draft, directory) })],
  [24, withSomeone(isActive, retitle)],
  [
    10,
    (draft, directory) => {
      const user = someUser(draft, directory, isActive);
      if (user !== undefined) move(draft, { directory, user });
    },
  ],
  [8, withSomeone(isActive, deactivateUser)],
  [7, withSomeone(isDeactivated, activateUser)],
  [7, withSomeone(isActive, deleteUser)],
  [5, withSomeone(isDeleted, (draft, user) => returnUser(draft, user, {}))],
  [14, join],
  [10, leaveGroup],
  [3, renameGroup],
  [
    2,
    (draft, directory) =>
      createGroup(draft, { directory, name: `Project ${draft.newId('x').slice(-5)}` }),
  ],
  [
    1,
    (draft, directory) => {
      const groups = someGroup(draft, directory);
      if (groups !== undefined) deleteGroup(draft, groups);
    },
  ],
];

const TOTAL = STEPS.reduce((sum, [weight]) => sum + weight, 0);

const draw = ({ random }: Draft): Step => {
  let left = random.below(TOTAL);
  for (const [weight, step] of STEPS) {
    if (left < weight) return step;
    left -= weight;
  }
  throw new Error('The weights do not add up.');
};

/** Mixed changes until at least `events` events came of them; the last change may bring one or two more. */
export const burst = (draft: Draft, directory: DirectoryRecord, events: number): void => {
  if (!directory.activated) {
    throw new Refusal(
      422,
      `The directory "${directory.id}" is not activated, so it has no events.`,
    );
  }
  const end = draft.state.events.length + events;
  while (draft.state.events.length < end) draw(draft)(draft, directory);
};
