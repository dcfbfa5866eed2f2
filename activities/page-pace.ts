/** 4 requests a second per directory on `/directory_users` (WorkOS rate limits), with a margin. */
export const USERS_PAGE_MS = 260;
/** `/directory_groups` shares 6,000 requests a minute with everybody; stay at about ten a second. */
export const GROUPS_PAGE_MS = 100;

/**
 * Calls no sooner than `everyMs` after the call before. The first call does not wait.
 */
export const paced = (
  everyMs: number,
  clock: { readonly now: () => Date; readonly pause: (ms: number) => Promise<void> },
): (<Result>(call: () => Promise<Result>) => Promise<Result>) => {
  let next = 0;
  return async (call) => {
    const wait = next - clock.now().getTime();
    if (wait > 0) await clock.pause(wait);
    next = clock.now().getTime() + everyMs;
    return call();
  };
};
