import { setTimeout as wait } from 'node:timers/promises';
import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';
import { isDuplicateKey } from './write-errors.ts';

/** So many inserts of what is there already in one transaction: no meeting of two, but a fault. */
const DUPLICATES = 8;
/** How long a transaction is begun again; the driver's own limit is two minutes. */
const TRANSACTION_MS = 10_000;

/** How long what may wait lets transactions go first. */
const YIELD_MS = 1000;

/** Whose turn comes first when more transactions wait than may run at once: the higher. */
export const TURN = { live: 1, other: 0 } as const;

/**
 * Runs `work` in one transaction: all of its writes or none. A write conflict, and the insert of a
 * document that somebody else inserted meanwhile, run `work` again on a fresh snapshot; `attempt`
 * counts from 0. Throws the last error when the server stays unreachable, and TransactionTooSlow when
 * ten seconds of attempts were not enough. A process runs a few transactions at once and lets the
 * others wait for their turn; `work` must not transact.
 */
export const transact = <Result>(
  { client, turns }: Pick<Database, 'client' | 'turns'>,
  work: (session: ClientSession, attempt: number) => Promise<Result>,
  turn: (typeof TURN)[keyof typeof TURN] = TURN.other,
): Promise<Result> => turns.add(() => transactNow(client, work), { priority: turn });

const waits = new WeakMap<Database['turns'], Promise<void>>();

/** One wait for all who ask meanwhile: each of their own would stay on the queue until it is empty. */
const calm = (turns: Database['turns']): Promise<void> => {
  const shared = waits.get(turns) ?? turns.onSizeLessThan(1).finally(() => waits.delete(turns));
  waits.set(turns, shared);
  return shared;
};

/** Resolves once no transaction of this process waits for its turn, and after a second in any case. */
export const yieldToTransactions = async ({ turns }: Pick<Database, 'turns'>): Promise<void> => {
  if (turns.size === 0) return;
  const over = new AbortController();
  const enough = wait(YIELD_MS, undefined, over).catch(() => undefined);
  await Promise.race([calm(turns), enough]);
  over.abort();
};

const transactNow = async <Result>(
  client: Database['client'],
  work: (session: ClientSession, attempt: number) => Promise<Result>,
): Promise<Result> => {
  let attempt = 0;
  let duplicates = 0;
  const until = performance.now() + TRANSACTION_MS;
  const attemptNow = async (session: ClientSession): Promise<Result> => {
    if (attempt > 0 && performance.now() > until) throw new TransactionTooSlow();
    return work(session, attempt++);
  };
  const run = async (): Promise<Result> => {
    try {
      return await client.withSession((session) =>
        session.withTransaction(attemptNow, {
          readConcern: { level: 'snapshot' },
          writeConcern: { w: 'majority', journal: true },
        }),
      );
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Counted by themselves: after many write conflicts the first of them means nothing yet.
      duplicates += 1;
      if (duplicates >= DUPLICATES) throw error;
      return run();
    }
  };
  return run();
};

/** Its documents were held by others, or the server ended it, for as long as it was tried. */
export class TransactionTooSlow extends Error {
  override readonly name = 'TransactionTooSlow';
  readonly code = 'transaction-too-slow';
  constructor() {
    super('The transaction did not succeed within its time.');
  }
}
