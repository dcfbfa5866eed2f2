/** Entries by the time they are due, and by the order they came in where that is the same. */
export type DueQueue<T> = {
  readonly add: (dueAt: number, entry: T) => void;
  /** The next entry that is due, or undefined. */
  readonly takeDue: (now: number) => T | undefined;
  readonly nextDueAt: () => number | undefined;
  readonly size: () => number;
};

type Node<T> = { readonly dueAt: number; readonly order: number; readonly entry: T };

const isBefore = <T>(a: Node<T>, b: Node<T>): boolean =>
  a.dueAt === b.dueAt ? a.order < b.order : a.dueAt < b.dueAt;

/** A binary heap: adding and taking cost the logarithm of the size. */
export const createDueQueue = <T>(): DueQueue<T> => {
  const heap: Node<T>[] = [];
  let added = 0;
  const at = (index: number): Node<T> => {
    const node = heap[index];
    if (node === undefined) throw new Error('The heap ends before this index.');
    return node;
  };

  const swap = (a: number, b: number): void => {
    const held = at(a);
    heap[a] = at(b);
    heap[b] = held;
  };
  const rise = (start: number): void => {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (!isBefore(at(index), at(parent))) return;
      swap(index, parent);
      index = parent;
    }
  };
  const sink = (): void => {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      if (left >= heap.length) return;
      const least = right < heap.length && isBefore(at(right), at(left)) ? right : left;
      if (!isBefore(at(least), at(index))) return;
      swap(index, least);
      index = least;
    }
  };
  const takeFirst = (): T => {
    const { entry } = at(0);
    const last = heap.pop();
    if (heap.length > 0 && last !== undefined) {
      heap[0] = last;
      sink();
    }
    return entry;
  };
  return {
    add: (dueAt, entry) => {
      heap.push({ dueAt, order: added, entry });
      added += 1;
      rise(heap.length - 1);
    },
    takeDue: (now) => (heap.length > 0 && at(0).dueAt <= now ? takeFirst() : undefined),
    nextDueAt: () => heap[0]?.dueAt,
    size: () => heap.length,
  };
};
