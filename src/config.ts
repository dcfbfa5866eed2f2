import { readEffects, type EffectsConfig } from './config-effects.ts';
import { DEFAULT_TASK_QUEUE } from '../workflows/contract.ts';
import { createReaders, isLoopback, isNetwork, type Readers } from './config-readers.ts';

/** The process that a configuration is for: each requires only what it needs. */
export type Need = 'server' | 'worker' | 'client';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything that the environment says, checked. Null where a variable is not set. */
export interface Config extends EffectsConfig {
  readonly workosApiKey: string | null;
  readonly workosApiUrl: string;
  /** One, or two while rotating; empty when none is set. */
  readonly webhookSecrets: readonly string[];
  readonly intake: { readonly webhook: boolean; readonly poll: boolean };
  readonly pollIntervalMs: number;
  readonly mongodbUri: string | null;
  readonly taskQueue: string;
  readonly host: string;
  /** Whether `host` can be reached from this machine only. */
  readonly loopback: boolean;
  readonly port: number;
  /** Fastify's `trustProxy`: hops, networks, or false. */
  readonly trustProxy: number | readonly string[] | false;
  /** Networks that may call the webhook; empty: all. */
  readonly allowedCidrs: readonly string[];
  readonly adminToken: string | null;
  readonly smtpUrl: string | null;
  readonly mailFrom: string | null;
  /** A folder with templates in place of the built-in ones. */
  readonly mailTemplatesDir: string | null;
  readonly erasureKey: string | null;
  readonly logLevel: LogLevel;
  readonly eventPayloadDays: number;
  readonly dataDir: string;
}

/** A configuration whose required parts are there. */
export type ConfigFor<N extends Need> = Config &
  (N extends 'server'
    ? { readonly mongodbUri: string }
    : N extends 'worker'
      ? { readonly mongodbUri: string; readonly workosApiKey: string }
      : unknown);

/** What is wrong with an environment: one sentence per wrong key. */
export interface ConfigProblems {
  readonly problems: readonly string[];
}

/**
 * Reads and checks the environment for one kind of process. Answers every problem at once, none of
 * them with the value of a variable. Pure; never throws.
 */
export const loadConfig = <N extends Need>(
  env: NodeJS.ProcessEnv,
  need: N,
): ConfigFor<N> | ConfigProblems => {
  const read = createReaders(env);
  const intake = readIntake(read);
  const host = read.text('HOST') ?? '127.0.0.1';
  const config: Config = {
    workosApiKey:
      need === 'worker'
        ? read.required('WORKOS_API_KEY', 'the secret key of the WorkOS environment')
        : read.text('WORKOS_API_KEY'),
    workosApiUrl: readApiUrl(read),
    webhookSecrets: readWebhookSecrets(read, need === 'server' && intake.webhook),
    intake,
    pollIntervalMs: read.integer('POLL_INTERVAL_MS', { min: 100, max: 3_600_000, otherwise: 5000 }),
    mongodbUri: readMongodbUri(read, need),
    taskQueue: read.text('TEMPORAL_TASK_QUEUE') ?? DEFAULT_TASK_QUEUE,
    host,
    loopback: isLoopback(host),
    port: read.integer('PORT', { min: 0, max: 65_535, otherwise: 3000 }),
    trustProxy: readTrustProxy(read),
    allowedCidrs: read.networks('WEBHOOK_ALLOWED_CIDRS'),
    adminToken:
      need === 'server' && !isLoopback(host)
        ? read.required('ADMIN_TOKEN', 'a long random text, because HOST is not a loopback address')
        : read.text('ADMIN_TOKEN'),
    smtpUrl: read.url('SMTP_URL', ['smtp', 'smtps']),
    mailFrom:
      need === 'worker' && read.text('SMTP_URL') !== null
        ? read.required('MAIL_FROM', 'the sender of mail, because SMTP_URL is set')
        : read.text('MAIL_FROM'),
    mailTemplatesDir: read.text('MAIL_TEMPLATES_DIR'),
    ...readEffects(read),
    erasureKey: read.text('ERASURE_KEY'),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    eventPayloadDays: read.integer('EVENT_PAYLOAD_DAYS', { min: 1, max: 3650, otherwise: 30 }),
    dataDir: read.text('LOCAL_DATA_DIR') ?? '.local',
  };
  // What `need` requires was read as required, so it is there when there is no problem.
  const isComplete = (_loaded: Config): _loaded is ConfigFor<N> => read.problems.length === 0;
  return isComplete(config) ? config : { problems: read.problems };
};

/** The problems as the text that a refused start prints. */
export const describeProblems = (problems: readonly string[]): string =>
  ['The configuration is wrong:', ...problems.map((problem) => `  - ${problem}`)].join('\n');

const readIntake = (read: Readers): Config['intake'] => {
  const named = read.list('INTAKE');
  if (named.some((one) => one !== 'webhook' && one !== 'poll')) {
    read.problems.push('INTAKE is not valid; it must be webhook, poll, or webhook,poll.');
  }
  return named.length === 0
    ? { webhook: true, poll: true }
    : { webhook: named.includes('webhook'), poll: named.includes('poll') };
};

const readApiUrl = (read: Readers): string => {
  const url = read.url('WORKOS_API_URL', ['https', 'http']) ?? 'https://api.workos.com';
  const parsed = URL.parse(url);
  if (parsed !== null && (parsed.pathname !== '/' || parsed.search !== '')) {
    read.problems.push('WORKOS_API_URL has a path; it must be a scheme, a host and a port only.');
  }
  return parsed?.origin ?? url;
};

const readMongodbUri = (read: Readers, need: Need): string | null => {
  if (need !== 'client' && read.text('MONGODB_URI') === null) {
    return read.required('MONGODB_URI', 'the mongodb:// URI of a replica set');
  }
  return read.url('MONGODB_URI', ['mongodb', 'mongodb+srv']);
};

const readWebhookSecrets = (read: Readers, required: boolean): readonly string[] => {
  const secrets = read.list('WORKOS_WEBHOOK_SECRET');
  if (required && secrets.length === 0) {
    read.problems.push(
      'WORKOS_WEBHOOK_SECRET is not set; INTAKE has webhook, so it must be the secret of the ' +
        'webhook endpoint.',
    );
  }
  if (secrets.length > 2) {
    read.problems.push(
      'WORKOS_WEBHOOK_SECRET has too many parts; it must be one secret, or two separated by a comma.',
    );
  }
  return secrets;
};

// `true` would believe any sender's X-Forwarded-For, so it is not offered.
const readTrustProxy = (read: Readers): Config['trustProxy'] => {
  const parts = read.list('TRUST_PROXY');
  const [first] = parts;
  if (first === undefined || (parts.length === 1 && first === '0')) return false;
  if (parts.length === 1 && /^[1-9]\d?$/.test(first)) return Number(first);
  if (parts.every((part) => isNetwork(part))) return parts;
  read.problems.push(
    'TRUST_PROXY is not valid; it must be a number of hops from 0 to 99, or addresses or CIDR ' +
      'ranges separated by commas.',
  );
  return false;
};
