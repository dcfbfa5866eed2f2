import { expect, test } from '@jest/globals';
import { isPermanentWriteFailure } from '../../activities/failures.ts';
import { isDuplicateKey, isRefusedDocument } from '../../src/store/write-errors.ts';

const server = (code: number) => Object.assign(new Error('E'), { name: 'MongoServerError', code });

test('what intake takes for a refused document, applying does not try again for ever', () => {
  const codes = Array.from({ length: 20_000 }, (_, code) => server(code));
  const refused = codes.filter(isRefusedDocument);
  expect(refused.length).toBeGreaterThan(10);
  expect(refused.filter((error) => !isPermanentWriteFailure(error))).toEqual([]);
  expect(isRefusedDocument(server(121))).toBe(true);
  expect(isRefusedDocument(new RangeError('too large'))).toBe(true);
});

test('a document that is there already is no refused document, and no moment mends it either', () => {
  const duplicate = server(11_000);
  expect([
    isDuplicateKey(duplicate),
    isRefusedDocument(duplicate),
    isPermanentWriteFailure(duplicate),
  ]).toEqual([true, false, true]);
});

test('a write that met another one, or no server, is tried again', () => {
  for (const code of [112, 251, 189, 11_602, 50]) {
    expect(isRefusedDocument(server(code))).toBe(false);
    expect(isPermanentWriteFailure(server(code))).toBe(false);
  }
  expect(isPermanentWriteFailure(null)).toBe(false);
});
