import type { OutboxKind } from '../store/documents.ts';
import type { CommandDeps } from './command-deps.ts';
import { table, time } from './layout.ts';
import type { Outcome } from './outcome.ts';

export const OUTBOX_STATUSES = ['pending', 'delivered', 'failed'] as const;

/** Lists the outbox, newest first, without addresses. Changes nothing. */
export const listOutbox = async (
  deps: Pick<CommandDeps, 'database'>,
  filter: {
    readonly status?: (typeof OUTBOX_STATUSES)[number];
    readonly kind?: OutboxKind;
    readonly limit: number;
  },
): Promise<Outcome> => {
  const { status, kind } = filter;
  const rows = await deps
    .database()
    .outbox.find(
      { ...(status === undefined ? {} : { status }), ...(kind === undefined ? {} : { kind }) },
      { projection: { to: 0, variables: 0, claim: 0, entries: 0 } },
    )
    .sort({ createdAt: -1, _id: -1 })
    .limit(filter.limit)
    .toArray();
  return {
    data: rows.map(({ _id, ...row }) => ({ id: _id, ...row })),
    text: table(
      ['created', 'id', 'kind', 'status', 'attempts', 'next attempt', 'delivered', 'error'],
      rows.map((row) => [
        time(row.createdAt),
        row._id,
        row.kind,
        row.status,
        row.attempts,
        row.status === 'pending' ? time(row.nextAttemptAt) : null,
        time(row.deliveredAt),
        row.error,
      ]),
      'No such row.',
    ),
  };
};
