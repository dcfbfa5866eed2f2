import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createSmtpSender } from '../../src/mail/smtp-sender.ts';

type Silence = 'at the greeting' | 'at DATA' | 'after the message' | 'by trickling';

test.each<[Silence, object, number]>([
  ['at the greeting', { kind: 'deferred', code: 'smtp-etimedout' }, 0],
  ['at DATA', { kind: 'deferred', code: 'smtp-etimedout' }, 0],
  ['by trickling', { kind: 'deferred', code: 'smtp-eabort' }, 0],
  ['after the message', { kind: 'in-doubt' }, 1],
])('a server that falls silent %s ends the attempt', async (silence, expected, handOvers) => {
  await using server = await silentServer(silence);
  const sender = createSmtpSender({
    smtpUrl: server.url,
    timeouts: { connectionTimeout: 500, greetingTimeout: 300, socketTimeout: 400 },
    attemptMs: 1000,
  });
  let handedOver = 0;
  const mail = {
    from: 'sync@example.org',
    to: 'person@example.com',
    messageId: '<1@example.org>',
    subject: 'Hello',
    text: 'Hello',
    html: '<p>Hello</p>',
  };

  const outcome = await sender.send(mail, {
    outboxId: '1',
    handOver: () => {
      handedOver += 1;
      return Promise.resolve(true);
    },
  });

  sender.close();
  expect(outcome).toEqual(expected);
  expect(handedOver).toBe(handOvers);
});

const silentServer = async (silence: Silence) => {
  const stack = new AsyncDisposableStack();
  const server = createServer((socket) => {
    stack.defer(() => void socket.destroy());
    socket.on('error', () => {});
    if (silence === 'at the greeting') return;
    socket.write('220 ready\r\n');
    socket.on('data', (data) => {
      const command = data.toString().slice(0, 4);
      if (command === 'RCPT' && silence === 'by trickling') {
        const trickle = setInterval(() => socket.write('250-wait\r\n'), 50);
        stack.defer(() => clearInterval(trickle));
      } else if (command === 'DATA') {
        if (silence === 'after the message') socket.write('354 go on\r\n');
      } else if (['EHLO', 'MAIL', 'RCPT'].includes(command)) {
        socket.write('250 ok\r\n');
      }
    });
  });
  const { promise: listening, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => resolve(undefined));
  await listening;
  stack.defer(() => void server.close());
  // oxlint-disable-next-line no-unsafe-type-assertion -- a TCP server's address is never a string
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};
