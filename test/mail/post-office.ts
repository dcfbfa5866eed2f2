import { MockActivityEnvironment } from '@temporalio/testing';
import { createDeliverDue, type DeliverDueResult } from '../../activities/deliver-due.ts';
import { createComposer } from '../../src/mail/compose.ts';
import { createMailDelivery, LEASE_MS } from '../../src/mail/deliver-mail.ts';
import type { MailSender } from '../../src/mail/sender.ts';
import { createSmtpSender } from '../../src/mail/smtp-sender.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import type { OutboxDocument } from '../../src/store/documents.ts';
import { createOutbox, type Outbox } from '../../src/store/outbox.ts';
import { testDatabase } from '../support/servers.ts';
import { templatesIn } from './built-in-templates.ts';
import { startMailServer, type MailServer } from './mail-server.ts';

export const START = new Date('2026-03-01T12:00:00Z');
export const PERSON = 'directory_user_1';
export const MAIL_ID = `mail:welcome:${PERSON}`;

/** Everything that delivers mail, with a database and a mail server of its own. */
export interface PostOffice extends AsyncDisposable {
  readonly database: Database;
  readonly server: MailServer;
  readonly outbox: Outbox;
  readonly deliver: ReturnType<typeof createMailDelivery>;
  readonly clock: { now: Date };
  readonly pass: (ms: number) => void;
  readonly deliverDue: () => Promise<DeliverDueResult>;
  readonly row: (id?: string) => Promise<OutboxDocument | null>;
}

export const openPostOffice = async (
  name: string,
  createSender = (server: MailServer): MailSender => createSmtpSender({ smtpUrl: server.url }),
): Promise<PostOffice> => {
  const stack = new AsyncDisposableStack();
  const { uri } = stack.use(await testDatabase(name));
  const database = openDatabase(uri);
  stack.defer(() => database.client.close());
  const server = stack.use(await startMailServer());
  const sender = createSender(server);
  stack.defer(() => sender.close());
  const outbox = createOutbox({ database });
  const clock = { now: START };
  const now = () => clock.now;
  const compose = createComposer({
    mailFrom: 'Sync <sync@example.org>',
    templates: templatesIn(),
  });
  const deliver = createMailDelivery({ outbox, sender, compose, now });
  const deliverDue = createDeliverDue({ outbox, deliver, leaseMs: LEASE_MS, now });
  return {
    database,
    server,
    outbox,
    deliver,
    clock,
    pass: (ms) => {
      clock.now = new Date(clock.now.getTime() + ms);
    },
    deliverDue: () => new MockActivityEnvironment().run(deliverDue, { limit: 50 }),
    row: (id = MAIL_ID) => database.outbox.findOne({ _id: id }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

/** An enabled person and a welcome mail for them that is due at once. */
export const addWelcome = async (
  { database }: PostOffice,
  person: { readonly id?: string; readonly email?: string | null; readonly enabled?: boolean } = {},
): Promise<void> => {
  const { id = PERSON, email = `${id}@example.com`, enabled = true } = person;
  await database.db
    .collection<{ _id: string }>('users')
    .insertOne(Object.assign({ _id: id }, { email, enabled, firstName: 'Ada & Co' }));
  await database.outbox.insertOne({
    _id: `mail:welcome:${id}`,
    kind: 'mail',
    template: 'welcome',
    directoryId: 'directory_1',
    userId: id,
    to: null,
    status: 'pending',
    attempts: 0,
    nextAttemptAt: START,
    deliveredAt: null,
    error: null,
    createdAt: START,
  });
};

/** Takes the next row as an attempt that will not come to its end. */
export const claimAndCrash = async ({ outbox, clock }: PostOffice) => {
  const [due] = await outbox.findDue(clock.now, 1);
  const claim = due === undefined ? null : await outbox.claim(due, clock.now, LEASE_MS);
  if (claim === null) throw new Error('Nothing was due.');
  return claim;
};
