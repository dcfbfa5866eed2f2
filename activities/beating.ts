/** Often enough for the shortest limit on heartbeats, 10 seconds, when some come late. */
export const BEAT_MS = 2000;

/**
 * Runs `work` and calls `beat` every `everyMs` until it ends, however it ends, so that a worker that is
 * gone is noticed soon, and one that only waits is not taken for gone.
 */
export const whileBeating = async <Result>(
  { beat, everyMs }: { readonly beat: () => void; readonly everyMs: number },
  work: () => Promise<Result>,
): Promise<Result> => {
  const timer = setInterval(beat, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
