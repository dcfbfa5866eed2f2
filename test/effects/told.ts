import { randomUUID } from 'node:crypto';
import { directoryId, eventId, userId } from '../../src/domain/ids.ts';
import type { AuditEntry } from '../../src/domain/effect.ts';
import type { Subscriptions } from '../../src/domain/subscriptions.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { ensureIndexes } from '../../src/store/indexes.ts';
import { redrive } from '../../src/store/redrive.ts';
import { transact } from '../../src/store/transact.ts';
import { writeAudit } from '../../src/store/write-audit.ts';
import { testDatabase } from '../support/servers.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');
export const DIRECTORY = 'directory_1';

/** A database of its own whose audit entries and events these are told of. */
export const toldDatabase = async (
  name: string,
  subscriptions: Subscriptions,
): Promise<AsyncDisposable & { readonly database: Database }> => {
  const own = await testDatabase(name);
  const database = openDatabase(own.uri, { subscriptions });
  await ensureIndexes(database);
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.client.close();
      await own[Symbol.asyncDispose]();
    },
  };
};

/** An audit entry of one person, caused by an event. */
export const entryOf = (
  person: string,
  entry: Partial<AuditEntry> & { readonly event?: string } = {},
): AuditEntry => {
  const { event = 'event_1', ...rest } = entry;
  return {
    type: 'user.deprovisioned',
    cause: { event: eventId(event), key: event },
    directoryId: directoryId(DIRECTORY),
    organizationId: 'org_1',
    userId: userId(person),
    groupId: null,
    reason: 'directory_sync',
    severity: 'info',
    metadata: {},
    ...rest,
  };
};

/** Writes audit entries as the product does; answers nothing. */
export const audit = (database: Database, entries: readonly AuditEntry[]): Promise<void> =>
  transact(database, (session, attempt) =>
    writeAudit({ database, session, now: NOW, attempt }, entries),
  );

export const newClaim = (): string => randomUUID();

/** Makes every row that failed due again, as `dsync outbox retry --failed` does. */
export const retryFailed = (database: Database): Promise<number> =>
  redrive(database, { status: 'failed', kind: undefined }, { inDoubt: true, now: NOW });
