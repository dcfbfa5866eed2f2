import { expect, test } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import { createLog } from '../src/log.ts';
import type { LogLevel } from '../src/config.ts';

const SECRET = 'ann.smith@example.org';

const logged = (level: LogLevel, write: (log: ReturnType<typeof createLog>) => void) => {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => void lines.push(line) }));
  return lines.join('');
};

const refusal = new MongoServerError({ code: 11_000, errmsg: `dup key: { email: "${SECRET}" }` });

test('an error is its code, and its message, which may quote a document, is left out', () => {
  const line = logged('info', (log) => log.warn({ directoryId: 'd', err: refusal }, 'refused'));
  expect(JSON.parse(line)).toMatchObject({ directoryId: 'd', err: '11000', msg: 'refused' });
  expect(line).not.toContain(SECRET);
  const odd = logged('info', (log) => log.error({ err: Object.assign(new Error(SECRET)) }, 'odd'));
  expect(odd).not.toContain(SECRET);
});

test('the message and the stack of an error are there for whoever asks for debug', () => {
  const line = logged('debug', (log) => log.warn({ err: refusal }, 'refused'));
  expect(JSON.parse(line)).toMatchObject({ err: { message: expect.stringContaining(SECRET) } });
});

test.each(
  'authorization password secret token apiKey mongodbUri smtpUrl payload body email emails firstName lastName username'.split(
    ' ',
  ),
)('the field %s is never written, at the top or one level down', (key) => {
  for (const level of ['info', 'debug'] as const) {
    const line = logged(level, (log) => log.warn({ [key]: SECRET, user: { [key]: [SECRET] } }));
    expect(line).not.toContain(SECRET);
    expect(line).toContain('[redacted]');
  }
});
