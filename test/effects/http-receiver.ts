import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A request as it was received; a body that was zipped is unzipped. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Its bytes on the wire. */
  readonly size: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server of somebody who is told over HTTP. */
export interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Replaces how it answers; `null` never answers. */
  readonly answerWith: (answer: Answering) => void;
}

type Answering = (request: ReceivedRequest) => Answer | null;

/** Starts a server on loopback that answers 200 until told otherwise. */
export const startReceiver = async (): Promise<HttpReceiver> => {
  const requests: ReceivedRequest[] = [];
  const told: { answer: Answering } = { answer: () => ({ status: 200 }) };
  const server = createServer((incoming, response) => {
    void (async () => {
      const bytes = await buffer(incoming);
      const zipped = incoming.headers['content-encoding'] === 'gzip';
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: (zipped ? gunzipSync(bytes) : bytes).toString(),
        size: bytes.length,
      };
      requests.push(request);
      const answer = told.answer(request);
      if (answer !== null) response.writeHead(answer.status, answer.headers).end(answer.body);
    })();
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    requests,
    answerWith: (answer) => {
      told.answer = answer;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => {
        server.close(() => done());
      });
      server.closeAllConnections();
      await closed;
    },
  };
};
