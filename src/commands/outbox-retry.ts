import { LANE_KINDS } from '../domain/subscriptions.ts';
import type { OutboxKind } from '../store/documents.ts';
import { countRedriven, redrive, type RedrivenRows } from '../store/redrive.ts';
import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { wakeOutboxKinds } from './wake-outbox-kinds.ts';

export const OUTBOX_KINDS = ['mail', ...LANE_KINDS] as const;

export interface RetryRequest {
  readonly ids: readonly string[];
  readonly failed?: boolean;
  /** Those that were put off after an attempt that failed. */
  readonly waiting?: boolean;
  readonly kind?: OutboxKind;
  readonly yes?: boolean;
}

/**
 * Makes rows of the outbox that failed, or were put off, due again. Asks when a mail among them may
 * have been sent already. Throws Refused, with nothing changed, when a named row is neither.
 */
export const retryOutbox = async (
  deps: Pick<CommandDeps, 'database' | 'temporal' | 'config' | 'terminal' | 'now'>,
  request: RetryRequest,
): Promise<Outcome> => {
  const rows = await chosenRows(deps, request);
  const { kinds, inDoubt } = await countRedriven(deps.database(), rows);
  const count = Object.values(kinds).reduce((sum, some) => sum + some, 0);
  if (count === 0) return { data: { retried: 0, kinds }, text: 'There is no such row.' };
  if (inDoubt > 0)
    await confirm(deps.terminal, {
      effect: `${inDoubt === 1 ? 'One mail' : `${inDoubt} mails`} of these may have been sent already; sending again may send twice.`,
      yes: request.yes === true,
    });
  const retried = await redrive(deps.database(), rows, {
    inDoubt: inDoubt > 0,
    now: deps.now(),
  });
  const woken = await wakeOutboxKinds(deps, Object.keys(kinds) as OutboxKind[]);
  return {
    data: { retried, kinds },
    text: [
      `${retried === 1 ? 'One row is' : `${retried} rows are`} due again: ${describe(kinds)}.`,
      ...(woken
        ? []
        : ['Temporal does not answer; a worker looks by itself within half a minute.']),
    ].join('\n'),
  };
};

const chosenRows = async (
  deps: Pick<CommandDeps, 'database'>,
  { ids, failed = false, waiting = false, kind }: RetryRequest,
): Promise<RedrivenRows> => {
  if ([ids.length > 0, failed, waiting].filter(Boolean).length !== 1)
    throw new Refused(
      'Name rows by their ids, or say --failed for all that failed, or --waiting for all that were put off.',
      EXIT.usage,
    );
  if (failed || waiting) return { status: failed ? 'failed' : 'pending', kind };
  if (kind !== undefined)
    throw new Refused('--kind goes with --failed and --waiting only.', EXIT.usage);
  const found = await deps
    .database()
    .outbox.find({ _id: { $in: [...ids] } }, { projection: { status: 1, error: 1 } })
    .toArray();
  const known = new Map(found.map((row) => [row._id, row]));
  for (const id of ids) {
    const row = known.get(id);
    if (row === undefined) throw new Refused(`No row ${id} is in the outbox; nothing was done.`);
    if (row.status === 'delivered' || row.error === null)
      throw new Refused(`Row ${id} has not failed, it is ${row.status}; nothing was done.`);
  }
  return { ids };
};

const describe = (kinds: Readonly<Partial<Record<OutboxKind, number>>>): string =>
  Object.entries(kinds)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
