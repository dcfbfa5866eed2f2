import { expect, test } from '@jest/globals';
import { readableLine } from '../../src/local/readable-line.ts';

test.each([
  [
    'a log entry is its message and its fields',
    '{"level":40,"time":1795632983358,"from":"temporal","activityType":"listUsers","attempt":2,"msg":"Activity failed"}',
    'Activity failed activityType=listUsers attempt=2',
  ],
  ['a coloured line is plain', '\u001B[33m WARN\u001B[0m task not found', ' WARN task not found'],
  ['what only looks like an entry is told as it is', '{"level":40,', '{"level":40,'],
])('%s', (_rule, line, shown) => {
  expect(readableLine(line)).toBe(shown);
});
