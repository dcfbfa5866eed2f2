import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A proxy before the server that remembers which events the server acknowledged. */
export interface WebhookRecorder extends AsyncDisposable {
  readonly url: string;
  /** Ids of events that were answered 2xx. */
  readonly acknowledged: ReadonlySet<string>;
}

/** Forwards everything to `target`, raw; a target that is down is answered 502. */
export const startWebhookRecorder = async (target: string): Promise<WebhookRecorder> => {
  const acknowledged = new Set<string>();
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      try {
        const answer = await fetch(`${target}${request.url ?? '/'}`, {
          method: 'POST',
          headers: forwarded(request.headers),
          body: new Uint8Array(body),
        });
        if (answer.ok) acknowledged.add((JSON.parse(body.toString()) as { id: string }).id);
        response.writeHead(answer.status).end(await answer.text());
      } catch {
        response.writeHead(502).end();
      }
    })();
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    acknowledged,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => {
        server.close(() => done());
      });
      server.closeAllConnections();
      await closed;
    },
  };
};

const forwarded = (headers: IncomingHttpHeaders): Record<string, string> => ({
  'content-type': String(headers['content-type']),
  'workos-signature': String(headers['workos-signature']),
});
