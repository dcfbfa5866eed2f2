import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { createListings } from '../../src/workos/list-pages.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { apiUrl: `http://127.0.0.1:${port}`, asked };
};

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  serve((_request, response) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      connection: 'close',
      ...headers,
    });
    response.end(JSON.stringify(value));
  });

test('a page comes in wire shape, with its cursor and the clock of WorkOS', async () => {
  const row = { object: 'directory_user', id: 'u', raw_attributes: { a: 1 } };
  const { apiUrl, asked } = await json(
    { data: [row], list_metadata: { before: null, after: 'u' } },
    200,
    { date: 'Wed, 25 Nov 2026 12:00:00 GMT' },
  );
  const listings = createListings({ apiKey: 'sk', apiUrl });
  expect(await listings.users({ directory: 'd', after: 'x' })).toEqual({
    data: [row],
    after: 'u',
    date: Date.parse('2026-11-25T12:00:00Z'),
  });
  await listings.users({ group: 'g', after: null });
  await listings.groups({ user: 'u' });
  await listings.events({ events: ['a', 'b'], rangeStart: '2026-01-01T00:00:00Z' });
  await listings.directory('d/../x');
  expect(asked).toEqual([
    '/directory_users?limit=100&directory=d&after=x&order=asc Bearer sk',
    '/directory_users?limit=100&group=g&order=asc Bearer sk',
    '/directory_groups?limit=100&user=u&order=asc Bearer sk',
    '/events?limit=100&events=a%2Cb&range_start=2026-01-01T00%3A00%3A00Z Bearer sk',
    '/directories/d%2F..%2Fx Bearer sk',
  ]);
});

test.each([{}, { data: null }, { data: [null] }, [], 'text'])(
  'X3: an answer that is no list (%j) is a failure, not an empty page',
  async (answer) => {
    const { apiUrl } = await json(answer);
    const page = createListings({ apiKey: 'sk', apiUrl }).users({ directory: 'd' });
    await expect(page).rejects.toMatchObject({ failure: { kind: 'unavailable' } });
  },
);

test.each([
  [429, 'Ratelimited', { 'retry-after': '3' }, { kind: 'rate-limited', retryAfterMs: 3000 }],
  [429, 'Ratelimited', {}, { kind: 'rate-limited', retryAfterMs: null }],
  [401, { message: 'x' }, {}, { kind: 'unauthorized' }],
  [403, { message: 'x' }, {}, { kind: 'unauthorized' }],
  [404, { message: 'x' }, {}, { kind: 'not-found' }],
  [500, '<html>', {}, { kind: 'unavailable' }],
  [503, { message: 'x' }, {}, { kind: 'unavailable' }],
])(
  'status %i of a listing is a failure of its kind (%#)',
  async (status, body, headers, failure) => {
    const { apiUrl } = await json(body, status, { ...headers });
    const listed = createListings({ apiKey: 'sk', apiUrl }).groups({ directory: 'd' });
    await expect(listed).rejects.toMatchObject({ failure, code: `workos-${failure.kind}` });
  },
);

test('a refusal keeps the code of WorkOS', async () => {
  const { apiUrl } = await json({ message: 'x', code: 'invalid_events_request' }, 400);
  const listed = createListings({ apiKey: 'sk', apiUrl }).events({ events: ['x'] });
  await expect(listed).rejects.toMatchObject({
    failure: { kind: 'bad-request', code: 'invalid_events_request' },
  });
});

test('a refused connection is unavailable', async () => {
  const listed = createListings({ apiKey: 'sk', apiUrl: 'http://127.0.0.1:9' }).directory('d');
  await expect(listed).rejects.toMatchObject({ failure: { kind: 'unavailable' } });
});
