import { createServer } from 'node:http';
import { callApi } from './started.ts';

export type Received = { readonly id: string; readonly body: string; readonly signature: string };

export type Receiver = {
  readonly url: string;
  readonly received: readonly Received[];
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** As a status: the request is left waiting. */
export const NO_ANSWER = 0;

/** An application's webhook endpoint; `status` decides the answer to each try. */
export const startReceiver = async (
  status: (received: Received, tries: number) => number = () => 200,
): Promise<Receiver> => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { id }: { id: string } = JSON.parse(body);
      const one = { id, body, signature: String(request.headers['workos-signature']) };
      received.push(one);
      const tries = received.filter((other) => other.id === id).length;
      const code = status(one, tries);
      if (code !== NO_ANSWER) response.writeHead(code).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export const ALL_EVENTS = [
  'dsync.activated',
  'dsync.deleted',
  'dsync.user.created',
  'dsync.user.updated',
  'dsync.user.deleted',
  'dsync.group.created',
  'dsync.group.updated',
  'dsync.group.deleted',
  'dsync.group.user_added',
  'dsync.group.user_removed',
] as const;

/** Registers an endpoint and answers its secret. */
export const register = async (
  base: string,
  url: string,
  events: readonly string[] = ALL_EVENTS,
): Promise<string> => {
  const body = JSON.stringify({ endpoint_url: url, events });
  const answer = await callApi(base, '/webhook_endpoints', { method: 'POST', body });
  return answer.body.secret;
};
