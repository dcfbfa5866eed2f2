import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { firstDirectory } from '../../src/local/first-directory.ts';

/** A server that answers so many times with no directory, and then with one. */
const serving = async (answer: (asked: number) => string) => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.end(answer(asked.length));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    asked,
    serverUrl: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

const wait = { adminToken: 'token', signal: new AbortController().signal };

test('the start waits until the server knows a directory', async () => {
  await using server = await serving((asked) =>
    JSON.stringify({ directories: asked < 3 ? [] : [{ id: 'directory_1' }] }),
  );
  await firstDirectory({ ...wait, serverUrl: server.serverUrl, timeoutMs: 20_000 });
  expect(server.asked).toEqual(['Bearer token', 'Bearer token', 'Bearer token']);
});

test('it waits no longer than it may', async () => {
  await using server = await serving(() => JSON.stringify({ directories: [] }));
  await firstDirectory({ ...wait, serverUrl: server.serverUrl, timeoutMs: 600 });
  expect(server.asked.length).toBeGreaterThan(0);
});

test.each(['{}', 'not JSON'])('an answer that is not ours (%s) ends the wait', async (answer) => {
  await using server = await serving(() => answer);
  await firstDirectory({ ...wait, serverUrl: server.serverUrl, timeoutMs: 20_000 });
  expect(server.asked.length).toBe(1);
});
