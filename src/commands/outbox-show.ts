import { auditIdOfWebhook } from '../domain/effect.ts';
import { webhookMessageId } from '../effects/webhook-message-id.ts';
import type { OutboxDocument, StreamedIds } from '../store/documents.ts';
import type { CommandDeps } from './command-deps.ts';
import { facts, time } from './layout.ts';
import { Refused, type Outcome } from './outcome.ts';

/** Shows one row of the outbox, without an address. Changes nothing. */
export const showOutboxRow = async (
  deps: Pick<CommandDeps, 'database'>,
  id: string,
): Promise<Outcome> => {
  const { outbox } = deps.database();
  const row = await outbox.findOne({ _id: id }, { projection: { to: 0, variables: 0, claim: 0 } });
  if (row === null) throw new Refused(`No row ${id} is in the outbox.`);
  const { _id, ...rest } = row;
  const about = aboutOf(row);
  return {
    data: { id, ...rest, ...Object.fromEntries(about) },
    text: facts([
      ['Row', id],
      ['Kind', row.kind],
      ['Directory', row.directoryId],
      ['Status', row.status],
      ['Attempts', row.attempts],
      ['Next attempt', row.status === 'pending' ? time(row.nextAttemptAt) : null],
      ['Delivered', time(row.deliveredAt)],
      ['Error', row.error],
      ['Created', time(row.createdAt)],
      ...about,
    ]),
  };
};

const aboutOf = (row: OutboxDocument): readonly (readonly [string, string | number | null])[] => {
  switch (row.kind) {
    case 'mail':
      return [
        ['Template', row.template],
        ['Account', row.userId],
        ['Handed over', time(row.handedOverAt)],
      ];
    case 'webhook': {
      const entry = auditIdOfWebhook(row._id);
      return [
        ['Last answer', row.lastStatus],
        ['Audit entry', entry],
        ['webhook-id', webhookMessageId(entry)],
      ];
    }
    case 'datadog':
    case 'otel':
      return [
        ['Last answer', row.lastStatus],
        ['Entries', row.entryCount],
        ['Left', leftOf(row.entries)],
      ];
  }
};

const leftOf = (entries: StreamedIds | undefined): number =>
  entries === undefined ? 0 : entries.audit.length + entries.events.length + entries.effects.length;
