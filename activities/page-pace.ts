import PQueue from 'p-queue';

/** 4 requests a second per directory on `/directory_users` (WorkOS rate limits), with a margin. */
export const USERS_PAGE_MS = 260;
/** `/directory_groups` has no limit of its own; nobody takes more than ten a second of what all share. */
export const GROUPS_PAGE_MS = 100;
/** 6,000 requests a minute per key; what is left over is for the poller and single reads. */
const BUDGET = { requests: 9, everyMs: 100 };

/** Requests to WorkOS, each at its turn. A turn that is cancelled while it waits rejects. */
export interface Pace {
  readonly users: Turn;
  readonly groups: Turn;
}

type Turn = <Result>(directoryId: string, request: () => Promise<Result>) => Promise<Result>;

/**
 * The pace that all activities of a process keep together: pages of one directory come no faster than
 * WorkOS allows, whoever asks for them, and pages of all stay below what a key may ask. Other
 * processes are not seen: with more of them WorkOS may answer 429, and its Retry-After is honoured.
 */
export const createPace = (options: {
  /** The signal of the activity that asks. */
  readonly cancelled: () => AbortSignal;
  readonly usersMs?: number;
  readonly groupsMs?: number;
  readonly budget?: { readonly requests: number; readonly everyMs: number };
}): Pace => {
  const {
    cancelled,
    usersMs = USERS_PAGE_MS,
    groupsMs = GROUPS_PAGE_MS,
    budget = BUDGET,
  } = options;
  const all = new PQueue({ intervalCap: budget.requests, interval: budget.everyMs, strict: true });
  const every = (everyMs: number): Turn => {
    // As many as there are customers, so they are kept.
    const directories = new Map<string, PQueue>();
    const of = (directoryId: string): PQueue => {
      const known = directories.get(directoryId);
      if (known !== undefined) return known;
      const queue = new PQueue({ intervalCap: 1, interval: everyMs, strict: true });
      directories.set(directoryId, queue);
      return queue;
    };
    return (directoryId, request) => {
      const signal = cancelled();
      return of(directoryId).add(() => all.add(request, { signal }), { signal });
    };
  };
  return { users: every(usersMs), groups: every(groupsMs) };
};
