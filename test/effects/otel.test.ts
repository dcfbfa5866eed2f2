import { expect, test } from '@jest/globals';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import { pino } from 'pino';
import { createOtelSink } from '../../src/effects/otel-sink.ts';
import { openStream } from './streaming.ts';
import { audit, entryOf, NOW } from './told.ts';

const log = pino({ level: 'silent' });
const settings = (url: string) => ({
  url: `${url}/v1/logs`,
  headers: { 'x-collector': 'key' },
  // The exporter's own short retries would only make these tests wait.
  timeoutMillis: 300,
});
const openCollector = async (
  name: string,
  exporter = (url: string): LogRecordExporter => new JsonExporter(settings(url)),
) => {
  const stream = await openStream(name, 'otel', (url) => createOtelSink(exporter(url), { log }));
  stream.receiver.answerWith(() => ({ status: 200, body: '{}' }));
  return stream;
};

interface Logs {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly unknown[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly object[] }[];
  }[];
}
const recordsOf = (body: string): readonly object[] =>
  (JSON.parse(body) as Logs).resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords),
  );

test('audit entries go to a collector as OpenTelemetry logs', async () => {
  await using collector = await openCollector('otel-lines');
  await audit(collector.database, [entryOf('ada', { severity: 'error', metadata: { users: 3 } })]);
  expect(await collector.deliver()).toMatchObject({ delivered: 1, nextDueInMs: null });

  const [request] = collector.receiver.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/v1/logs' });
  expect(request?.headers).toMatchObject({ 'x-collector': 'key' });
  const body = request?.body ?? '';
  expect((JSON.parse(body) as Logs).resourceLogs[0]?.resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'directory-sync' },
  });
  expect(recordsOf(body)).toMatchObject([
    {
      timeUnixNano: `${NOW.getTime()}000000`,
      severityNumber: 17,
      severityText: 'ERROR',
      body: { stringValue: 'user.deprovisioned (directory_sync)' },
      eventName: 'dsync.audit',
      attributes: expect.arrayContaining([
        { key: 'dsync.kind', value: { stringValue: 'audit' } },
        { key: 'dsync.type', value: { stringValue: 'user.deprovisioned' } },
        { key: 'dsync.user_id', value: { stringValue: 'ada' } },
        { key: 'dsync.metadata.users', value: { intValue: 3 } },
      ]),
    },
  ]);
  expect(body).not.toContain('dsync.group_id');
});

test('protobuf is what a collector gets by default', async () => {
  await using collector = await openCollector(
    'otel-protobuf',
    (url) => new ProtobufExporter(settings(url)),
  );
  collector.receiver.answerWith(() => ({ status: 200 }));
  await audit(collector.database, [entryOf('ada')]);
  expect(await collector.deliver()).toMatchObject({ delivered: 1 });
  const [request] = collector.receiver.requests;
  expect(request?.headers['content-type']).toBe('application/x-protobuf');
  expect(request?.body).toContain('user.deprovisioned');
});

test.each([
  [503, 'unavailable'],
  [500, 'http-500'],
  [401, 'http-401'],
])('a collector that answers %s loses nothing', async (status, error) => {
  await using collector = await openCollector(`otel-${status}`);
  collector.receiver.answerWith(() => ({ status, headers: { 'retry-after': '60' } }));
  await audit(collector.database, [entryOf('ada')]);
  expect(await collector.deliver()).toMatchObject({ retried: 1, restMs: 5000 });
  expect(await collector.database.outbox.findOne()).toMatchObject({ status: 'pending', error });

  collector.receiver.answerWith(() => ({ status: 200, body: '{}' }));
  collector.pass(5000);
  expect(await collector.deliver()).toMatchObject({ delivered: 1, restMs: 0 });
});

test('a collector that is down loses nothing', async () => {
  await using collector = await openCollector('otel-down');
  await audit(collector.database, [entryOf('ada')]);
  await collector.receiver[Symbol.asyncDispose]();
  expect(await collector.deliver()).toMatchObject({ retried: 1, restMs: 5000 });
  expect(await collector.database.outbox.findOne()).toMatchObject({
    status: 'pending',
    error: 'unreachable-ECONNREFUSED',
  });
});

test('a record that a collector refuses for what is in it is dead, alone', async () => {
  await using collector = await openCollector('otel-dead');
  collector.receiver.answerWith(({ body }) => ({
    status: body.includes('"eve"') ? 400 : 200,
    body: '{}',
  }));
  await audit(
    collector.database,
    ['ada', 'eve', 'bob'].map((person) => entryOf(person)),
  );
  expect(await collector.deliver()).toMatchObject({ delivered: 0, failed: 1 });
  expect(await collector.database.outbox.findOne()).toMatchObject({
    status: 'failed',
    error: 'http-400',
    entries: { audit: ['user.deprovisioned:event_1:eve:'], events: [], effects: [] },
  });
});
