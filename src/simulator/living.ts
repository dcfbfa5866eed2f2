import { liveDirectories, usersOf } from './acts/lookup.ts';
import { deleteUser } from './acts/users.ts';
import { isActive, someUser } from './scenarios/eligible.ts';
import { hire, invent, move, retitle } from './scenarios/steps.ts';
import type { DirectoryRecord } from './state.ts';
import type { Draft, World } from './world.ts';

// Few enough never to look like a mass removal, nor to use up what a trial may remove by hand.
const LEAVER_EVERY_MS = 30 * 60_000;
const RETITLE_RATIO = 0.6;
const MOVE_RATIO = 0.8;

/** One small change: mostly somebody's title or department; now and then a leaver, whom a joiner replaces. */
export const liveOn = (
  draft: Draft,
  { directory, mayLeave, size }: { directory: DirectoryRecord; mayLeave: boolean; size: number },
): 'left' | 'stayed' => {
  const user = someUser(draft, directory, isActive);
  const active = usersOf(draft.state, directory.id).filter(isActive).length;
  if (user === undefined || active < size) {
    hire(draft, { directory, person: invent(draft, directory) });
    return 'stayed';
  }
  const dice = draft.random.next();
  if (mayLeave) {
    deleteUser(draft, user);
    return 'left';
  }
  if (dice < RETITLE_RATIO) retitle(draft, user);
  else if (dice < MOVE_RATIO) move(draft, { directory, user });
  else retitle(draft, user);
  return 'stayed';
};

/** Lets the first activated directory live: one change every so many seconds until stopped. */
export const startLiving = (world: World, seconds: number): { stop: () => void } => {
  let leftAt = world.now();
  let size: number | undefined;
  const timer = setInterval(() => {
    const directory = liveDirectories(world.state).find(
      ({ activated, state }) => activated && state === 'linked',
    );
    if (directory === undefined) return;
    size ??= usersOf(world.state, directory.id).filter(isActive).length;
    const mayLeave = world.now() - leftAt >= LEAVER_EVERY_MS;
    const wanted = size;
    const outcome = world.transact((draft) => liveOn(draft, { directory, mayLeave, size: wanted }));
    if (outcome === 'left') leftAt = world.now();
  }, seconds * 1_000);
  return { stop: () => clearInterval(timer) };
};
