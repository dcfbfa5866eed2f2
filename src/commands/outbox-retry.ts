import { LANE_KINDS } from '../domain/subscriptions.ts';
import type { OutboxKind } from '../store/documents.ts';
import { countFailed, redrive, type FailedRows } from '../store/redrive.ts';
import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { wakeOutboxKinds } from './wake-outbox-kinds.ts';

export const OUTBOX_KINDS = ['mail', ...LANE_KINDS] as const;

export interface RetryRequest {
  readonly ids: readonly string[];
  readonly failed?: boolean;
  readonly kind?: OutboxKind;
  readonly yes?: boolean;
}

/**
 * Makes failed rows of the outbox due again. Asks when a mail among them may have been sent already.
 * Throws Refused, with nothing changed, when a named row has not failed.
 */
export const retryOutbox = async (
  deps: Pick<CommandDeps, 'database' | 'temporal' | 'config' | 'terminal' | 'now'>,
  request: RetryRequest,
): Promise<Outcome> => {
  const rows = await chosenRows(deps, request);
  const { kinds, inDoubt } = await countFailed(deps.database(), rows);
  const count = Object.values(kinds).reduce((sum, some) => sum + some, 0);
  if (count === 0) return { data: { retried: 0, kinds }, text: 'No row has failed.' };
  if (inDoubt > 0)
    await confirm(deps.terminal, {
      effect: `${inDoubt === 1 ? 'One mail' : `${inDoubt} mails`} of these may have been sent already; sending again may send twice.`,
      yes: request.yes === true,
    });
  const retried = await redrive(deps.database(), rows, deps.now());
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
  { ids, failed = false, kind }: RetryRequest,
): Promise<FailedRows> => {
  if (failed === ids.length > 0)
    throw new Refused('Name rows by their ids, or say --failed for all that failed.', EXIT.usage);
  if (failed) return { kind };
  if (kind !== undefined) throw new Refused('--kind goes with --failed only.', EXIT.usage);
  const found = await deps
    .database()
    .outbox.find({ _id: { $in: [...ids] } }, { projection: { status: 1 } })
    .toArray();
  const statuses = new Map(found.map(({ _id, status }) => [_id, status]));
  for (const id of ids) {
    const status = statuses.get(id);
    if (status === undefined) throw new Refused(`No row ${id} is in the outbox; nothing was done.`);
    if (status !== 'failed')
      throw new Refused(`Row ${id} has not failed, it is ${status}; nothing was done.`);
  }
  return { ids };
};

const describe = (kinds: Readonly<Partial<Record<OutboxKind, number>>>): string =>
  Object.entries(kinds)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
