import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { recordedHistories } from '../support/wf-recorded.ts';
import { quietRuntime, workflowBundle } from '../support/servers.ts';
import * as workflows from '../../workflows/index.ts';

const histories = await recordedHistories();

test.each(histories.map(({ file, history }) => ({ file, history })))(
  'the workflows replay $file as it was recorded',
  async ({ file, history }) => {
    quietRuntime();
    await expect(
      Worker.runReplayHistory({ workflowBundle: workflowBundle() }, history, file),
    ).resolves.toBeUndefined();
  },
);

test('every workflow has a recorded history', () => {
  expect([...new Set(histories.map(({ workflowType }) => workflowType))].toSorted()).toEqual(
    Object.keys(workflows).toSorted(),
  );
});

test('no recorded history holds an address, in plain text or as a payload', () => {
  for (const { text } of histories) {
    const payloads = [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/gu)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    expect([text, ...payloads].filter((one) => /[\w.+-]+@[\w.-]+\.[a-z]{2,}/iu.test(one))).toEqual(
      [],
    );
  }
});
