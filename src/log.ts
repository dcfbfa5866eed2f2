import { pino, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './config.ts';

/** Writes one JSON line per entry: ids, counts, times and codes; no personal data, no secrets. */
export type Log = Logger;

const SECRET_KEYS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
  'adminToken',
  'workosApiKey',
  'webhookSecrets',
  'mongodbUri',
  'smtpUrl',
  'erasureKey',
  'workos-signature',
];
const PERSONAL_KEYS = ['payload', 'body', 'email', 'emails', 'firstName', 'lastName', 'username'];

/**
 * Makes the log of a process, to standard output unless told otherwise. Redaction is the second
 * fence: callers pass ids and codes only. Messages and stacks of errors, which may quote data, are
 * written at level `debug` and below only.
 */
export const createLog = (level: LogLevel, destination?: DestinationStream): Log => {
  const verbose = level === 'debug' || level === 'trace';
  const options = {
    level,
    base: null,
    redact: {
      paths: [...SECRET_KEYS, ...PERSONAL_KEYS].flatMap((key) => [`["${key}"]`, `*["${key}"]`]),
      censor: '[redacted]',
    },
    serializers: {
      err: (error: unknown) =>
        verbose && Error.isError(error) ? pino.stdSerializers.err(error) : loggedCode(error),
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
};

/** The part of an error that may be logged: its code, else its name. */
export const loggedCode = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return 'unknown';
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string' || typeof code === 'number') return String(code);
  return typeof name === 'string' ? name : 'unknown';
};
