/** The parts of the local stack, in the order in which they are stopped. */
const stopOrder = ['server', 'worker', 'simulator', 'Temporal server', 'MongoDB server'] as const;
export type PartName = (typeof stopOrder)[number];

/** A running part. */
export interface Part {
  name: PartName;
  stop(): Promise<void>;
  /** Resolves to a sentence when it has ended unasked. */
  died: Promise<string>;
}

/** What runs now: parts are added while they start, and all are stopped together. */
export interface Lineup {
  add(part: Part): void;
  /** Aborted with an Error holding the sentence when a part dies, or with the reason of a stop. */
  signal: AbortSignal;
  /** Stops all parts, those first that use the others. Parts added later are stopped at once. */
  stop(): Promise<void>;
}

/** An empty line-up. */
export function createLineup(): Lineup {
  const parts: Part[] = [];
  const over = new AbortController();
  const stopping = new AbortController();
  const abortWhenDied = async (part: Part): Promise<void> => {
    const sentence = await part.died;
    if (!stopping.signal.aborted) over.abort(new Error(sentence));
  };
  return {
    signal: over.signal,
    add(part) {
      parts.push(part);
      if (stopping.signal.aborted) void part.stop();
      void abortWhenDied(part);
    },
    async stop() {
      stopping.abort();
      over.abort(new Error('It was asked to stop.'));
      for (const name of stopOrder) {
        await Promise.all(
          parts.filter((part) => part.name === name).map(async (part) => await part.stop()),
        );
      }
    },
  };
}
