import { connect, createServer } from 'node:net';

/**
 * The first of the preferred ports that nothing listens on at 127.0.0.1, otherwise any free one.
 * Nothing reserves it: a server that then fails to listen should be started again on another.
 */
export async function freePort(...preferred: readonly number[]): Promise<number> {
  for (const port of preferred) if (await isPortFree(port)) return port;
  return (await listenOnce(0)) ?? Promise.reject(new Error('No free TCP port was found.'));
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
