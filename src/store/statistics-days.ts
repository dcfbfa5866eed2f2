const DAY_MS = 86_400_000;

/** As many days as statistics are kept and may be asked for. */
export const MOST_DAYS = 366;

/** The day of a time as `2026-03-01`, in UTC. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The id of one directory's statistics of one day. */
export const statisticsId = (directoryId: string, day: string): string =>
  `statistics/${directoryId}/${day}`;

/** The last `count` days up to that of `now`, the newest last. */
export const lastDays = (now: Date, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) =>
    dayOf(new Date(now.getTime() - (count - 1 - index) * DAY_MS)),
  );

/** When the first of the last `count` days begins. */
export const firstMoment = (now: Date, count: number): Date =>
  new Date(`${dayOf(new Date(now.getTime() - (count - 1) * DAY_MS))}T00:00:00Z`);

/** A type of event as the key of a field, where dots would nest it. */
export const typeKey = (type: string): string => type.replaceAll('.', '/');

/** The type that a key stands for. */
export const typeOfKey = (key: string): string => key.replaceAll('/', '.');
