import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What the server says to one message: accepts, replies with a code, or cuts the connection instead. */
export type Reply = 'accept' | 'cut' | number;

/** A real SMTP server on loopback that keeps the whole messages it received. */
export interface MailServer extends AsyncDisposable {
  readonly url: string;
  /** Whole messages, whatever was replied to them. */
  readonly received: string[];
  /** Replies to recipients and then to messages, in turn; `accept` when they run out. */
  readonly recipientReplies: number[];
  readonly replies: Reply[];
}

const rejection = (responseCode: number): Error =>
  Object.assign(new Error('No such person as person@example.com'), { responseCode });

export const startMailServer = async (): Promise<MailServer> => {
  const received: string[] = [];
  const recipientReplies: number[] = [];
  const replies: Reply[] = [];
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 100,
    onRcptTo: (_address, _session, callback) => {
      const code = recipientReplies.shift();
      callback(code === undefined ? null : rejection(code));
    },
    onData: (stream, _session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        received.push(Buffer.concat(chunks).toString());
        const reply = replies.shift() ?? 'accept';
        if (reply === 'cut') cut();
        else callback(reply === 'accept' ? null : rejection(reply));
      });
    },
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  const { promise: listening, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => resolve(undefined));
  await listening;
  // oxlint-disable-next-line no-unsafe-type-assertion -- a TCP server's address is never a string
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    received,
    recipientReplies,
    replies,
    async [Symbol.asyncDispose]() {
      const { promise: closed, resolve: done } = Promise.withResolvers<undefined>();
      server.close(() => done(undefined));
      cut();
      await closed;
    },
  };
};
