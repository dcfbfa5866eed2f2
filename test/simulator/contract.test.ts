import { expect, test } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { EVENT_NAMES } from '../../src/simulator/event-names.ts';
import { ALL_EVENTS, register, startReceiver } from './receiver.ts';
import {
  answerProblems,
  declaredParameters,
  eventProblems,
  publishedNames,
  schemaProblems,
} from './spec.ts';
import { started, until } from './started.ts';
import type { Answer, Started } from './started.ts';

const sdkFor = (simulator: Started): { sdk: WorkOS; answers: Omit<Answer, 'headers'>[] } => {
  const answers: Omit<Answer, 'headers'>[] = [];
  const recording: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const text = await answer.clone().text();
    const { pathname } = new URL(String(input instanceof Request ? input.url : input));
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    answers.push({ method: init?.method ?? 'GET', pathname, status: answer.status, body });
    return answer;
  };
  const sdk = new WorkOS({
    apiKey: simulator.apiKey,
    apiHostname: simulator.host,
    https: false,
    port: simulator.port,
    maxRetries: 0,
    fetchFn: recording,
  });
  return { sdk, answers };
};

const LIVELY = [
  'joiner',
  'joiner-without-email',
  'mover',
  'deactivate',
  'reactivate',
  'leaver',
  'return',
  'rename-group',
  'delete-group',
  'bad-credentials',
  'good-credentials',
];

test('every answer the SDK gets, and every webhook, is valid by the published schema', async () => {
  await using simulator = await started({ seed: 3, knobs: { limits: false, emptyGroups: false } });
  await using receiver = await startReceiver();
  const { sdk, answers } = sdkFor(simulator);
  const hook = await sdk.webhooks.createWebhookEndpoint({
    endpointUrl: receiver.url,
    events: [...ALL_EVENTS],
  });
  const company = simulator.play('company');
  const directory = String(company['directory']);
  for (const scenario of LIVELY) simulator.play(scenario);
  simulator.play('burst', { events: 150 });

  const users = await sdk.directorySync.listUsers({ directory, limit: 100, order: 'asc' });
  const groups = await sdk.directorySync.listGroups({ directory, limit: 100 });
  const [user, group] = [users.data[0], groups.data[0]];
  if (user === undefined || group === undefined) throw new Error('The company is empty.');
  await sdk.directorySync.getUser(user.id);
  await sdk.directorySync.getGroup(group.id);
  await sdk.directorySync.listGroups({ user: user.id });
  await sdk.directorySync.listUsers({ group: group.id });
  await sdk.directorySync.listDirectories();
  await sdk.directorySync.getDirectory(directory);
  const events = [...ALL_EVENTS];
  const page = await sdk.events.listEvents({ events, limit: 100 });
  expect(page.data).toHaveLength(100);
  await sdk.events.listEvents({ events, limit: 100, after: String(page.listMetadata.after) });
  const organization = String(company['organization']);
  await sdk.adminPortal.generateLink({
    organization,
    intent: 'dsync',
    returnUrl: 'https://app.example/',
  });
  await sdk.webhooks.listWebhookEndpoints();
  await sdk.webhooks.updateWebhookEndpoint({ id: hook.id, status: 'enabled' });
  await sdk.directorySync.deleteDirectory(directory);
  await until(() => simulator.health().webhooks.pending === 0);
  await sdk.webhooks.deleteWebhookEndpoint({ id: hook.id });
  for (const gone of [
    () => sdk.directorySync.getDirectory(directory),
    () => sdk.directorySync.getUser(user.id),
    () => sdk.directorySync.getGroup(group.id),
    () => sdk.directorySync.listUsers({ directory }),
    () => sdk.adminPortal.generateLink({ organization: 'org_none', intent: 'dsync' }),
  ]) {
    await expect(gone()).rejects.toMatchObject({ status: 404 });
  }

  expect(answers.length).toBeGreaterThan(20);
  expect(answers.flatMap((answer) => answerProblems(answer))).toEqual([]);
  const bodies = receiver.received.map(({ body }): { event: string } => JSON.parse(body));
  expect(bodies.flatMap((body) => eventProblems(body))).toEqual([]);
  expect(new Set(bodies.map(({ event }) => event))).toEqual(new Set(ALL_EVENTS));
});

const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

test('refusals have the published shapes', async () => {
  await using simulator = await started({ scenario: 'company' });
  const directory = simulator.truth().directory['id'];
  const url = 'https://app.example/webhooks';
  const events = ['dsync.user.created'];
  await simulator.call('/webhook_endpoints', post({ endpoint_url: url, events }));
  const refused = await Promise.all([
    simulator.call('/events'),
    simulator.call('/events?events=dsync.deactivated'),
    simulator.call('/events?events=dsync.activated&after=event_unknown'),
    simulator.call('/directory_users'),
    simulator.call(`/directory_users?directory=${String(directory)}&limit=101`),
    simulator.call('/directory_groups?directory=directory_none'),
    simulator.call('/webhook_endpoints', post({ endpoint_url: url, events })),
    simulator.call('/webhook_endpoints', post({ endpoint_url: 'nonsense', events })),
    simulator.call(
      '/webhook_endpoints',
      post({ endpoint_url: `${url}/2`, events: ['dsync.nothing'] }),
    ),
    simulator.call('/webhook_endpoints/we_none', { method: 'DELETE' }),
    simulator.call('/portal/generate_link', post({ organization: 'org_none' })),
    simulator.call('/portal/generate_link', post({})),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([
    422, 400, 400, 422, 422, 404, 409, 422, 422, 404, 404, 422,
  ]);
  expect(refused.flatMap((answer) => answerProblems(answer))).toEqual([]);
  expect(refused[1]?.body.code).toBe('invalid_events_request');
  expect(refused[6]?.body.code).toBe('duplicate_endpoint');
});

const LISTS = [
  '/directories',
  '/directory_users',
  '/directory_groups',
  '/events',
  '/webhook_endpoints',
];

test.each(LISTS)('%s takes each declared parameter and no other', async (route) => {
  await using simulator = await started({ scenario: 'company', knobs: { limits: false } });
  const { directory, users, groups } = simulator.truth();
  const event = (await simulator.call('/events?events=dsync.activated')).body.data[0];
  await register(simulator.url, 'http://127.0.0.1:9/webhooks');
  const endpoint = (await simulator.call('/webhook_endpoints')).body.data[0];
  const cursors: Record<string, unknown> = {
    '/directories': directory['id'],
    '/directory_users': users[0]?.id,
    '/directory_groups': groups[0]?.id,
    '/events': event.id,
    '/webhook_endpoints': endpoint.id,
  };
  const samples: Record<string, unknown> = {
    before: cursors[route],
    after: cursors[route],
    limit: 1,
    order: 'asc',
    directory: directory['id'],
    group: groups[0]?.id,
    user: users[0]?.id,
    organization_id: directory['organization_id'],
    search: 'o',
    domain: directory['domain'],
    events: 'dsync.activated',
    range_start: '2026-01-01T00:00:00Z',
    range_end: '2126-01-01T00:00:00Z',
  };
  const needed: Record<string, string> = {
    '/directory_users': `directory=${String(directory['id'])}`,
    '/directory_groups': `directory=${String(directory['id'])}`,
    '/events': 'events=dsync.activated',
  };
  for (const name of declaredParameters(route)) {
    const own = (needed[route] ?? '').startsWith(`${name}=`) ? '' : `&${needed[route] ?? ''}`;
    const answer = await simulator.call(
      `${route}?${name}=${String(samples[name])}${own === '&' ? '' : own}`,
    );
    expect([name, answer.status]).toEqual([name, 200]);
  }
  const unknown = await simulator.call(`${route}?directory_id=x`);
  expect(unknown.status).toBe(400);
  expect(unknown.body.message).toMatch(/^Unknown parameter "directory_id": allowed are /);
});

test('the names of events are the published ones', () => {
  expect([...EVENT_NAMES].toSorted()).toEqual(publishedNames.toSorted());
});

test('the checks have teeth: broken bodies fail them', async () => {
  await using simulator = await started({ scenario: 'company' });
  const directory = String(simulator.truth().directory['id']);
  const good = await simulator.call(`/directory_users?directory=${directory}`);
  expect(answerProblems(good)).toEqual([]);
  const { groups: _groups, ...user } = good.body.data[0];
  expect(answerProblems({ ...good, body: { ...good.body, data: [user] } })).not.toEqual([]);
  expect(answerProblems({ ...good, body: { ...good.body, list_metadata: {} } })).not.toEqual([]);
  expect(
    schemaProblems('Directory', { ...simulator.truth().directory, state: 'active' }),
  ).not.toEqual([]);
  const [event] = (await simulator.call('/events?events=dsync.group.user_added&limit=1')).body.data;
  expect(eventProblems(event)).toEqual([]);
  expect(eventProblems({ ...event, data: event.data.user })).not.toEqual([]);
  expect(eventProblems({ ...event, event: 'dsync.group.member_added' })).not.toEqual([]);
  const { object: _object, ...bare } = event;
  expect(eventProblems(bare)).not.toEqual([]);
});
