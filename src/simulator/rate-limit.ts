/** Counts requests in a sliding window, by key. */
export type RateLimit = {
  /** 0 when the request may pass (and is counted), else the milliseconds until one may. */
  readonly take: (key: string, limit: number) => number;
};

type Log = { times: number[]; head: number };

/** A sliding window of `windowMs`; a request that is refused is not counted. */
export const createRateLimit = ({
  windowMs,
  now,
}: {
  windowMs: number;
  now: () => number;
}): RateLimit => {
  const logs = new Map<string, Log>();
  return {
    take: (key, limit) => {
      const log = logs.get(key) ?? { times: [], head: 0 };
      logs.set(key, log);
      const time = now();
      while ((log.times[log.head] ?? Number.POSITIVE_INFINITY) <= time - windowMs) log.head += 1;
      if (log.head > 1_000) {
        log.times = log.times.slice(log.head);
        log.head = 0;
      }
      const inWindow = log.times.length - log.head;
      if (inWindow >= limit) {
        const oldest = log.times[log.times.length - limit] ?? time;
        return Math.max(1, oldest + windowMs - time);
      }
      log.times.push(time);
      return 0;
    },
  };
};
