import { DIRECTORY_EVENTS } from './event-names.ts';
import type { EndpointRecord } from './state.ts';
import type { Draft, World } from './world.ts';

/** What whoever registers a webhook endpoint says of it. */
interface NewEndpoint {
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
}

/** Registers a webhook endpoint, enabled. A second call registers another. */
export const addEndpoint = (draft: Draft, { url, secret, events }: NewEndpoint): EndpointRecord => {
  const id = draft.newId('we');
  const time = new Date(draft.now).toISOString();
  const record: EndpointRecord = {
    id,
    position: draft.state.endpointOrder.length,
    deleted: false,
    wire: {
      object: 'webhook_endpoint',
      id,
      endpoint_url: url,
      secret,
      status: 'enabled',
      events,
      created_at: time,
      updated_at: time,
    },
  };
  draft.put({ kind: 'endpoint', record });
  return record;
};

/** Sees to it that an endpoint has this URL and secret, for the directory events. A second call changes nothing. */
export const keepEndpoint = (
  { transact }: World,
  wanted: { readonly url: string; readonly secret: string },
): void => {
  transact((draft) => {
    const before = [...draft.state.endpoints.values()].find(
      ({ deleted, wire }) => !deleted && wire.endpoint_url === wanted.url,
    );
    if (before === undefined) {
      addEndpoint(draft, { ...wanted, events: [...DIRECTORY_EVENTS] });
    } else if (before.wire.secret !== wanted.secret) {
      const updated_at = new Date(draft.now).toISOString();
      const wire = { ...before.wire, secret: wanted.secret, updated_at };
      draft.put({ kind: 'endpoint', record: { ...before, wire } });
    }
  });
};
