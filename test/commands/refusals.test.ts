import { expect, test } from '@jest/globals';
import { confirm } from '../../src/commands/confirm.ts';
import { explain } from '../../src/commands/explain.ts';
import { holdOrRelease } from '../../src/commands/legal-hold.ts';
import { pause, resume } from '../../src/commands/pause.ts';
import { purge } from '../../src/commands/purge.ts';
import { refresh } from '../../src/commands/refresh.ts';
import { describeReport, resync } from '../../src/commands/resync.ts';
import { listScenarios, readOptions, simulate } from '../../src/commands/simulate.ts';
import { signature, testEvent, TEST_EVENT_TYPES } from '../../src/commands/invent-event.ts';
import type { BackfillReport } from '../../src/store/documents.ts';
import { readEnvelope } from '../../src/workos/read-event.ts';
import { verifyWebhook } from '../../src/workos/verify-webhook.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const scenario = {
  name: 'burst',
  description: 'Mixed changes.',
  parameters: {
    directory: { type: 'string' },
    events: { type: 'integer' },
    new_id: { type: 'boolean' },
  },
};

const refusal = async (act: () => unknown): Promise<ReturnType<typeof explain>> => {
  try {
    await act();
  } catch (error) {
    return explain(error);
  }
  throw new Error('It was not refused.');
};

test('what takes access away waits for a person where nobody can be asked', async () => {
  const nobody = { confirm: () => Promise.resolve(null) };
  const { message, exitCode } = await refusal(() =>
    confirm(nobody, { effect: 'It removes people.', yes: false }),
  );
  expect([exitCode, message]).toEqual([
    3,
    'It removes people. Nothing was done: repeat it with --yes.',
  ]);
  await confirm(nobody, { effect: 'It removes people.', yes: true });
});

test('a no of the person stops the command', async () => {
  const no = { confirm: () => Promise.resolve(false) };
  expect((await refusal(() => confirm(no, { effect: 'It removes.', yes: false }))).exitCode).toBe(
    3,
  );
});

test('scenario options are read by the type that the simulator gives', () => {
  expect(
    readOptions(scenario, ['--events=7', '--directory', 'directory_1', '--new-id', 'true']),
  ).toEqual({
    events: 7,
    directory: 'directory_1',
    new_id: true,
  });
});

test('a wrong scenario option is a usage error that names what is allowed', async () => {
  const { message, exitCode } = await refusal(() => readOptions(scenario, ['--people', '7']));
  expect(exitCode).toBe(2);
  expect(message).toBe(
    'Scenario burst does not take --people; it takes --directory, --events, --new-id.',
  );
  expect((await refusal(() => readOptions(scenario, ['--events', 'many']))).exitCode).toBe(2);
  expect((await refusal(() => readOptions(scenario, ['--events']))).exitCode).toBe(2);
});

test('a scenario is played with its options and told in lines, and an unknown one refused', async () => {
  const answer = {
    scenario: 'burst',
    users: ['directory_user_1', 'directory_user_2'],
    events: [{ id: 'event_1', event: 'dsync.user.deleted' }],
    eventCount: 7,
  };
  const asked: { url: string; body: unknown }[] = [];
  const deps = {
    simulatorUrl: 'http://simulator',
    fetch: (url: unknown, init?: RequestInit) => {
      asked.push({ url: String(url), body: init?.body ?? null });
      return Promise.resolve(Response.json(init?.body === undefined ? [scenario] : answer));
    },
  };
  const played = await simulate(deps, { scenario: 'burst', options: ['--events', '7'] });
  expect(played.data).toEqual(answer);
  expect(played.text?.split('\n').map((line) => line.replace(/ {2,}/, ': '))).toEqual([
    'scenario: burst',
    'users: directory_user_1, directory_user_2',
    'event: dsync.user.deleted event_1',
    'event: and 6 more',
  ]);
  expect(asked.at(-1)).toEqual({
    url: 'http://simulator/_simulator/scenarios/burst',
    body: '{"events":7}',
  });
  const unknown = await refusal(() => simulate(deps, { scenario: 'nothing', options: [] }));
  expect(unknown).toEqual({ exitCode: 2, message: 'Unknown scenario nothing; there are burst.' });
});

test('without a simulator the command says how to have one', async () => {
  const { message, exitCode } = await refusal(() => listScenarios({ simulatorUrl: null, fetch }));
  expect([exitCode, message]).toEqual([
    1,
    'No simulator is known: run `npm start`, or set SIMULATOR_URL.',
  ]);
});

test.each(TEST_EVENT_TYPES)(
  'a test event %s passes the signature check and the envelope',
  (type) => {
    const event = testEvent({
      type,
      subject: {
        directoryId: 'directory_1',
        userId: 'u',
        groupId: 'g',
        user: null,
        group: null,
        email: null,
      },
      now: NOW,
      id: 'event_test_abc',
    });
    const text = JSON.stringify(event);
    const now = NOW.getTime();
    expect(
      verifyWebhook({
        header: signature('secret', now, text),
        body: Buffer.from(text),
        secrets: ['secret'],
        now,
      }),
    ).toEqual({ verified: true });
    expect(readEnvelope(event)).toEqual({
      id: 'event_test_abc',
      type,
      createdAt: NOW,
      directoryId: 'directory_1',
    });
  },
);

const report = (outcome: BackfillReport['outcome'], reason: string | null): BackfillReport => ({
  _id: 'backfill/directory_1/2',
  kind: 'backfill',
  directoryId: 'directory_1',
  generation: 2,
  requestIds: ['r'],
  startedAt: NOW,
  endedAt: NOW,
  outcome,
  reason,
  counts: { phase: 'done', users: 3, groups: 2, memberships: 4, absent: 1 },
});

test('the end of a resync decides the exit code', () => {
  expect(describeReport(report('done', null)).exitCode ?? 0).toBe(0);
  expect(describeReport(report('failed', 'workos-not-found')).exitCode).toBe(1);
  expect(describeReport(report('done', 'listing-empty')).exitCode).toBe(3);
  // Of a frozen directory nothing is tried again by itself.
  expect(describeReport(report('failed', 'workos-not-found')).text).toContain(
    'is frozen: WorkOS does not have it connected. `dsync resume directory_1`',
  );
  for (const reason of ['workos-unavailable', 'directory-deleting', null])
    expect(describeReport(report('failed', reason)).text).toContain('by itself');
});

test('a failure is told without what the driver or the service said', () => {
  const failure = Object.assign(new Error('ada@example.com'), {
    name: 'MongoServerError',
    code: 11000,
  });
  expect(explain(failure).message).toBe(
    'MongoDB refused the operation (MongoServerError, code 11000).',
  );
  expect(explain(new Error('ada@example.com')).message).not.toContain('ada');
});

/** Knows one directory and nobody in it, and no Temporal that may be asked. */
const ofNobody = {
  database: () => {
    const none = { sort: () => none, limit: () => none, toArray: () => Promise.resolve([]) };
    const nothing = { findOne: () => Promise.resolve(null), find: () => none };
    const directories = {
      findOne: ({ _id }: { _id: string }) =>
        Promise.resolve(_id === 'directory_1' ? { _id, syncStatus: 'active' } : null),
    };
    return { users: nothing, groups: nothing, tombstones: nothing, directories } as never;
  },
  temporal: () => {
    throw new Error('Temporal was asked.');
  },
  config: { taskQueue: 'none' } as never,
  now: () => NOW,
  newId: () => '1',
  sleep: () => Promise.reject(new Error('It waited.')),
  terminal: { live: false } as never,
};

test.each(['user', 'group'] as const)(
  'what is no id of a %s never reaches Temporal, where a name would be personal data',
  async (of) => {
    for (const id of ['Jane Doe', 'jané', 'jane.doe', 'jane@example.com', ' ', 'a/b']) {
      const { message, exitCode } = await refusal(() =>
        refresh(ofNobody, { of, id, directory: 'directory_1' }),
      );
      expect([exitCode, message]).toEqual([
        2,
        `Nothing is known under that name; to read a ${of === 'user' ? 'person' : 'group'} from WorkOS all the same, give its WorkOS id, such as directory_${of}_01ABC.`,
      ]);
    }
    const unknown = { of, id: `directory_${of}_01ABC`, directory: 'directory_1' };
    await expect(refresh(ofNobody, unknown)).rejects.toThrow('Temporal was asked.');
  },
);

test('a directory and a person that are not known are refused before Temporal is asked', async () => {
  const unknown = 'No directory Jane Doe is known; `dsync status` lists those that are.';
  const directory = 'Jane Doe';
  for (const act of [
    () => resync(ofNobody, { directory, wait: false }),
    () => pause(ofNobody, directory),
    () => resume(ofNobody, directory),
    () => refresh(ofNobody, { of: 'user', id: 'directory_user_01ABC', directory }),
    () => refresh(ofNobody, { of: 'group', id: 'directory_group_01ABC', directory }),
  ])
    expect((await refusal(act)).message).toBe(unknown);
  const person = { id: 'Jane Doe', reason: 'case-1', actor: 'alice' };
  for (const act of [
    () => purge(ofNobody, { ...person, yes: true }),
    () => holdOrRelease(ofNobody, { ...person, hold: true }),
    () => holdOrRelease(ofNobody, { ...person, hold: false }),
  ])
    expect((await refusal(act)).message).toContain('No person has that id');
});
