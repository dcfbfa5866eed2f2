import { MockActivityEnvironment } from '@temporalio/testing';
import { createDeliverLane, type DeliverLaneResult } from '../../activities/deliver-lane.ts';
import type { StreamKind } from '../../src/domain/subscriptions.ts';
import { createDatadogSink } from '../../src/effects/datadog-sink.ts';
import { createStreamDelivery } from '../../src/effects/deliver-stream.ts';
import type { LogSink } from '../../src/effects/log-sink.ts';
import { createOutboxLane } from '../../src/store/outbox-lane.ts';
import { readStreamed } from '../../src/store/read-streamed.ts';
import { startReceiver, type ReceivedRequest } from './http-receiver.ts';
import { newClaim, NOW, toldDatabase } from './told.ts';

/** A stream that goes to a sink made for a receiver of its own. */
export const openStream = async <Encoded>(
  name: string,
  kind: StreamKind,
  sinkFor: (url: string, now: () => Date) => LogSink<Encoded>,
) => {
  const stack = new AsyncDisposableStack();
  const { database } = stack.use(await toldDatabase(name, { webhook: new Set(), streams: [kind] }));
  const receiver = stack.use(await startReceiver());
  receiver.answerWith(() => ({ status: 202 }));
  const clock = { now: NOW };
  const now = () => clock.now;
  const lane = createOutboxLane({ database, kind, newClaim });
  const deliverSome = createStreamDelivery({
    lane,
    read: (ids) => readStreamed(database, ids),
    sink: sinkFor(receiver.url, now),
    leaseMs: 120_000,
    now,
    random: () => 0.5,
  });
  const deliverLane = createDeliverLane({
    lanes: { [kind]: { deliverSome, nextDue: () => lane.nextDue() } },
    now,
  });
  return {
    database,
    receiver,
    lane,
    pass: (ms: number) => {
      clock.now = new Date(clock.now.getTime() + ms);
    },
    deliver: (rests = 0) =>
      new MockActivityEnvironment().run(deliverLane, {
        lane: kind,
        rests,
      }) as Promise<DeliverLaneResult>,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

export const API_KEY = 'datadog-key';

/** A stream to a local copy of Datadog's intake. */
export const openDatadog = (name: string) =>
  openStream(name, 'datadog', (url, now) =>
    createDatadogSink({ apiKey: API_KEY, url: `${url}/api/v2/logs`, tags: ['env:test'] }, { now }),
  );

/** A line as Datadog gets it. */
export interface DatadogLine {
  readonly message: string;
  readonly status: string;
  readonly timestamp?: string;
  readonly ddtags: string;
  readonly dsync: Readonly<Record<string, unknown>>;
}

export const linesOf = (request: ReceivedRequest | undefined): readonly DatadogLine[] =>
  JSON.parse(request?.body ?? '[]') as DatadogLine[];

/** Ids of all lines of all requests that were received. */
export const idsOf = (requests: readonly ReceivedRequest[]): readonly unknown[] =>
  requests.flatMap((request) => linesOf(request).map(({ dsync }) => dsync['id']));
