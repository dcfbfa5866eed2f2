import { WorkOS } from '@workos-inc/node';

const TIMEOUT_MS = 20_000;

/**
 * The SDK's client for one environment. Never retries by itself: Temporal does. `apiUrl` is a base
 * URL without a path, such as a simulator's.
 */
export const createWorkos = (options: {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly fetchFn?: typeof fetch;
}): WorkOS => {
  const url = new URL(options.apiUrl);
  return new WorkOS({
    apiKey: options.apiKey,
    apiHostname: url.hostname,
    https: url.protocol === 'https:',
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(options.fetchFn === undefined ? {} : { fetchFn: options.fetchFn }),
    maxRetries: 0,
    timeout: TIMEOUT_MS,
  });
};
