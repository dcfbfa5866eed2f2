import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { expect, test } from '@jest/globals';
import { BSON, MongoBulkWriteError, MongoNetworkError, MongoServerError } from 'mongodb';
import { replaceFailures } from '../../activities/replace-failures.ts';
import { WorkosError } from '../../src/workos/failure.ts';

const SECRET = 'ann.smith@example.org';

const failingWith = (error: unknown) => async (): Promise<never> => {
  throw error;
};

/** What an activity throws, as it leaves the worker. */
const thrownBy = async (error: unknown): Promise<unknown> => {
  const next = failingWith(error);
  try {
    await replaceFailures.execute?.({ args: [], headers: {} }, next);
    return null;
  } catch (thrown) {
    return thrown;
  }
};

/** What Temporal keeps of it: message, stack, details and causes. */
const keptOf = (thrown: unknown) =>
  new DefaultFailureConverter().errorToFailure(thrown, defaultPayloadConverter);

const withCause = (error: Error): Error => Object.assign(error, { cause: new Error(SECRET) });

const duplicate = new MongoServerError({
  code: 11_000,
  errmsg: `E11000 duplicate key error dup key: { email: "${SECRET}" }`,
  keyValue: { email: SECRET },
});

test.each<[string, unknown, { type: string; message: string; nonRetryable: boolean }]>([
  [
    'a server’s refusal',
    duplicate,
    { type: 'unexpected-failure', message: 'MongoServerError-11000', nonRetryable: false },
  ],
  [
    'a refusal of many writes',
    new MongoBulkWriteError({ message: SECRET, code: 121, writeErrors: [] }, {} as never),
    { type: 'unexpected-failure', message: 'MongoBulkWriteError-121', nonRetryable: false },
  ],
  [
    'a connection that breaks',
    withCause(new MongoNetworkError(`connection to ${SECRET} closed`)),
    { type: 'unexpected-failure', message: 'MongoNetworkError', nonRetryable: false },
  ],
  [
    'a document that cannot be encoded',
    new BSON.BSONError(SECRET),
    { type: 'unexpected-failure', message: 'BSONError', nonRetryable: false },
  ],
  [
    'a bug',
    withCause(new TypeError(`Cannot read '${SECRET}'`)),
    { type: 'unexpected-failure', message: 'TypeError', nonRetryable: false },
  ],
  [
    'a refusal of WorkOS',
    new WorkosError({ kind: 'bad-request', status: 422, code: SECRET }),
    {
      type: 'workos-bad-request',
      message: 'WorkOS refused the request.',
      nonRetryable: true,
    },
  ],
  [
    'something that is no error',
    { email: SECRET },
    { type: 'unexpected-failure', message: 'unknown', nonRetryable: false },
  ],
  ['a text', SECRET, { type: 'unexpected-failure', message: 'unknown', nonRetryable: false }],
])('of %s Temporal keeps a code and no word', async (_what, error, expected) => {
  const thrown = await thrownBy(error);
  expect(thrown).toBeInstanceOf(ApplicationFailure);
  expect(thrown).toMatchObject(expected);
  expect(JSON.stringify(keptOf(thrown))).not.toContain(SECRET);
});

test('what Temporal threw itself, and what we decided to tell, reach it as they are', async () => {
  for (const own of [
    new CancelledFailure('cancelled'),
    ApplicationFailure.nonRetryable('WorkOS deleted this directory.', 'directory-deleted'),
  ])
    expect(await thrownBy(own)).toBe(own);
});
