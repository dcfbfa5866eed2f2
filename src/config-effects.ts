import type { Readers } from './config-readers.ts';
import type { AuditType } from './domain/effect.ts';
import { AUDIT_TYPES } from './domain/effect.ts';
import { isAuditType, type Subscriptions } from './domain/subscriptions.ts';

/** Who is told of what happens, and how they are reached. Null: nobody there. */
export interface EffectsConfig {
  readonly appWebhook: {
    readonly url: string;
    /** The first signs now; a second one, while rotating, signs beside it. */
    readonly secrets: readonly string[];
  } | null;
  readonly datadog: {
    readonly apiKey: string;
    /** The whole address of the logs intake. */
    readonly url: string;
    /** `key:value` each. */
    readonly tags: readonly string[];
  } | null;
  /** Everything else about it is read by OpenTelemetry itself. */
  readonly otel: { readonly protocol: OtelProtocol } | null;
  readonly subscriptions: Subscriptions;
}

const OTEL_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtelProtocol = (typeof OTEL_PROTOCOLS)[number];

/** Reads what is set of webhooks to the application and of streaming. */
export const readEffects = (read: Readers): EffectsConfig => {
  const appWebhook = readAppWebhook(read);
  const types = readTypes(read);
  const datadog = readDatadog(read);
  const otel = readOtel(read);
  return {
    appWebhook,
    datadog,
    otel,
    subscriptions: {
      webhook: new Set(appWebhook === null ? [] : types),
      streams: [
        ...(datadog === null ? [] : (['datadog'] as const)),
        ...(otel === null ? [] : (['otel'] as const)),
      ],
    },
  };
};

const readAppWebhook = (read: Readers): EffectsConfig['appWebhook'] => {
  const url = readAddress(read, 'APP_WEBHOOK_URL');
  const secrets = read.list('APP_WEBHOOK_SECRET');
  if (url !== null && secrets.length === 0)
    read.problems.push(
      'APP_WEBHOOK_SECRET is not set; it is needed because APP_WEBHOOK_URL is set.',
    );
  if (secrets.length > 2 || !secrets.every((secret) => isSigningSecret(secret)))
    read.problems.push(
      'APP_WEBHOOK_SECRET is not valid; it must be whsec_ and the base64 of 24 to 64 random bytes, ' +
        'or two of them separated by a comma.',
    );
  return url === null ? null : { url, secrets };
};

/** Whether `text` is a secret as Standard Webhooks writes it. */
const isSigningSecret = (text: string): boolean => {
  const encoded = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(
    text,
  )?.[1];
  const bytes = Buffer.from(encoded ?? '', 'base64').length;
  return bytes >= 24 && bytes <= 64;
};

const readTypes = (read: Readers): readonly AuditType[] => {
  const named = read.list('APP_WEBHOOK_TYPES');
  if (named.length === 0) return AUDIT_TYPES;
  const known = named.filter((name) => isAuditType(name));
  if (known.length < named.length)
    read.problems.push(
      `APP_WEBHOOK_TYPES names an unknown type; it may name ${AUDIT_TYPES.join(', ')}.`,
    );
  return known;
};

const LOGS_PATH = '/api/v2/logs';
const DEFAULT_SITE = 'datadoghq.com';

const readDatadog = (read: Readers): EffectsConfig['datadog'] => {
  const apiKey = read.text('DATADOG_API_KEY');
  const site = read.text('DATADOG_SITE');
  const given = readAddress(read, 'DATADOG_LOGS_URL');
  const tags = read.list('DATADOG_TAGS');
  if (site !== null && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(site))
    read.problems.push('DATADOG_SITE is not valid; it must be a host name such as datadoghq.eu.');
  if (!tags.every((tag) => /^[a-z][\w./-]*:[\w./:-]+$/i.test(tag)))
    read.problems.push(
      'DATADOG_TAGS is not valid; it must be key:value pairs separated by commas, such as env:production.',
    );
  if (apiKey === null) {
    if (site !== null || given !== null)
      read.problems.push(
        'DATADOG_API_KEY is not set; it is needed because DATADOG_SITE or DATADOG_LOGS_URL is set.',
      );
    return null;
  }
  const parsed = given === null ? null : URL.parse(given);
  const url =
    parsed === null
      ? `https://http-intake.logs.${site ?? DEFAULT_SITE}${LOGS_PATH}`
      : parsed.pathname === '/'
        ? `${parsed.origin}${LOGS_PATH}`
        : parsed.href;
  return { apiKey, url, tags };
};

const readOtel = (read: Readers): EffectsConfig['otel'] => {
  const endpoints = [
    readAddress(read, 'OTEL_EXPORTER_OTLP_ENDPOINT'),
    readAddress(read, 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT'),
  ];
  const named =
    read.text('OTEL_EXPORTER_OTLP_LOGS_PROTOCOL') ?? read.text('OTEL_EXPORTER_OTLP_PROTOCOL');
  const disabled = read.text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  if (disabled || endpoints.every((endpoint) => endpoint === null)) return null;
  const protocol = OTEL_PROTOCOLS.find((one) => one === (named ?? 'http/protobuf'));
  if (protocol === undefined)
    read.problems.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL is not supported; it must be ${OTEL_PROTOCOLS.join(' or ')}.`,
    );
  return { protocol: protocol ?? 'http/protobuf' };
};

/** The address of somebody that is told over HTTP. */
const readAddress = (read: Readers, key: string): string | null => {
  const url = read.url(key, ['https', 'http']);
  const parsed = url === null ? null : URL.parse(url);
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return url;
  read.problems.push(`${key} has a user or a password; it must be an address without them.`);
  return null;
};
