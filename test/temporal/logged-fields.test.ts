import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { loggedFields } from '../../src/temporal/logged-fields.ts';

test('an entry of the SDK names the activity, the workflow and the code, and nothing that an error says', () => {
  const error = ApplicationFailure.create({
    message: 'ada@example.com',
    type: 'workos-unavailable',
  });
  const said = loggedFields({
    activityType: 'listUsers',
    workflowId: 'backfill/directory_1/1',
    attempt: 2,
    taskToken: 'secret',
    error,
  });
  expect(said).toEqual({
    from: 'temporal',
    activityType: 'listUsers',
    workflowId: 'backfill/directory_1/1',
    attempt: 2,
    code: 'workos-unavailable',
  });
  expect(loggedFields({ error: new Error('ada@example.com') })).toEqual({
    from: 'temporal',
    code: 'Error',
  });
});
