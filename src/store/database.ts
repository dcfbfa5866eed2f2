import { MongoClient, type Collection, type Db } from 'mongodb';
import PQueue from 'p-queue';
import { NO_SUBSCRIPTIONS, type Subscriptions } from '../domain/subscriptions.ts';
import type {
  AuditDocument,
  CursorDocument,
  DirectoryDocument,
  EventDocument,
  GroupDocument,
  GroupMemberDocument,
  NotedSubscriptions,
  OutboxDocument,
  PolicyDocument,
  ReportDocument,
  StatisticsDocument,
  TombstoneDocument,
  UserDocument,
} from './documents.ts';

/** The database that the application and the engine share. */
export interface Database {
  readonly client: MongoClient;
  readonly db: Db;
  /** Where this process's transactions wait for their turn. */
  readonly turns: PQueue;
  readonly directories: Collection<DirectoryDocument>;
  readonly users: Collection<UserDocument>;
  readonly groups: Collection<GroupDocument>;
  readonly groupMembers: Collection<GroupMemberDocument>;
  readonly sessions: Collection<{ _id: string; userId: string }>;
  readonly events: Collection<EventDocument>;
  readonly auditLog: Collection<AuditDocument>;
  readonly outbox: Collection<OutboxDocument>;
  readonly policies: Collection<PolicyDocument>;
  readonly tombstones: Collection<TombstoneDocument>;
  readonly cursors: Collection<CursorDocument>;
  readonly reports: Collection<ReportDocument>;
  /** The daily ones in `reports`: an application may have a collection of any other name. */
  readonly statistics: Collection<StatisticsDocument>;
  /** Who is told of what is written here; `subscriptionsOf` answers it. */
  readonly subscriptions: Subscriptions | 'noted';
  /** One document in `cursors`, by the worker that started last. */
  readonly notedSubscriptions: Collection<NotedSubscriptions>;
}

/**
 * Transactions of one process at once. More only compete for the server's locks and cores: ten at
 * once applied a third fewer events a second than four (`npm run bench -- apply`, two cores).
 */
const TRANSACTIONS_AT_ONCE = 4;

const DEFAULT_DATABASE = 'directory_sync';

/** Adds what durability needs and a URI may lack: majority, journaled writes. */
export const durableUri = (uri: string): string => {
  const [base = '', query = ''] = uri.split('?', 2);
  const parameters = new URLSearchParams(query);
  if (!parameters.has('w')) parameters.set('w', 'majority');
  if (!parameters.has('journal')) parameters.set('journal', 'true');
  const rest = base.replace(/^mongodb(\+srv)?:\/\//, '');
  return `${base}${rest.includes('/') ? '' : '/'}?${parameters.toString()}`;
};

/**
 * Opens the database that `uri` names (`directory_sync` when it names none). Connects lazily: the
 * first operation waits up to `selectionTimeoutMs` for a server and then throws.
 */
export const openDatabase = (
  uri: string,
  options: {
    readonly selectionTimeoutMs?: number;
    readonly appName?: string;
    /** `noted`: those of the workers, which they note in the database. */
    readonly subscriptions?: Subscriptions | 'noted';
  } = {},
): Database => {
  const client = new MongoClient(durableUri(uri), {
    serverSelectionTimeoutMS: options.selectionTimeoutMs ?? 4000,
    appName: options.appName ?? 'directory-sync',
    ignoreUndefined: true,
  });
  const named = new URL(uri.replace(/^mongodb(\+srv)?:/, 'http:').replace(/,[^/?]*/, ''));
  const name = decodeURIComponent(named.pathname.slice(1));
  const db = client.db(name === '' ? DEFAULT_DATABASE : name);
  return {
    client,
    db,
    turns: new PQueue({ concurrency: TRANSACTIONS_AT_ONCE }),
    directories: db.collection('directories'),
    users: db.collection('users'),
    groups: db.collection('groups'),
    groupMembers: db.collection('group_members'),
    sessions: db.collection('sessions'),
    events: db.collection('events'),
    auditLog: db.collection('audit_log'),
    outbox: db.collection('outbox'),
    policies: db.collection('policies'),
    tombstones: db.collection('tombstones'),
    cursors: db.collection('cursors'),
    reports: db.collection('reports'),
    statistics: db.collection('reports'),
    subscriptions: options.subscriptions ?? NO_SUBSCRIPTIONS,
    notedSubscriptions: db.collection('cursors'),
  };
};
