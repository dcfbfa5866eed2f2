import type { OutboxKind } from '../store/documents.ts';
import { wakeOutbox, wakeOutboxLane } from '../temporal/start-standing.ts';
import type { CommandDeps } from './command-deps.ts';

const DEADLINE_MS = 5000;

/** Has a worker look for what is due of these kinds. False when Temporal cannot be reached. */
export const wakeOutboxKinds = async (
  { temporal, config: { taskQueue } }: Pick<CommandDeps, 'temporal' | 'config'>,
  kinds: readonly OutboxKind[],
): Promise<boolean> => {
  try {
    const { client } = temporal();
    await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      Promise.all(
        kinds.map((kind) =>
          kind === 'mail'
            ? wakeOutbox({ client, taskQueue })
            : wakeOutboxLane({ client, taskQueue }, kind),
        ),
      ),
    );
    return true;
  } catch {
    return false;
  }
};
