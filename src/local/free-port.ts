import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

/** Below what systems give to connections that go out: one of those could take it before the server does. */
const OWN = { from: 15_000, to: 32_000 };
const TRIES = 100;

/**
 * The first of the preferred ports that nothing listens on at 127.0.0.1, otherwise any free one.
 * Nothing reserves it: a server that then fails to listen should be started again on another.
 */
export async function freePort(...preferred: readonly number[]): Promise<number> {
  const others = Array.from({ length: TRIES }, () => randomInt(OWN.from, OWN.to));
  for (const port of [...preferred, ...others]) if (await isPortFree(port)) return port;
  throw new Error('No free TCP port was found.');
}

/** Whether nothing listens on this port at 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  // macOS lets us bind 127.0.0.1 beside a listener on all addresses, so ask as a client too.
  return !(await answers(port)) && (await listenOnce(port)) !== undefined;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 500 });
    const settle = (answered: boolean) => () => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', settle(true));
    socket.once('timeout', settle(false));
    socket.once('error', settle(false));
  });
}
