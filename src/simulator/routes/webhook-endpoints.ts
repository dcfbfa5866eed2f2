import type { FastifyInstance } from 'fastify';
import { EVENT_NAMES } from '../event-names.ts';
import { addEndpoint } from '../keep-endpoint.ts';
import { cutPage, listAnswer, rowsOf } from '../page.ts';
import { readListQuery, readPage, readQuery } from '../query.ts';
import { Refusal } from '../refusal.ts';
import type { Random } from '../random.ts';
import type { EndpointRecord, State } from '../state.ts';
import { isJson } from '../wire.ts';
import type { World } from '../world.ts';

type Body = {
  readonly endpoint_url?: string;
  readonly events?: readonly string[];
  readonly status?: 'enabled' | 'disabled';
};

const invalid = (code: string, message: string): Refusal =>
  new Refusal(422, 'Validation failed.', {
    code: 'invalid_request_parameters',
    errors: [{ code, message }],
  });

const readUrl = (value: unknown): string => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Refusal(422, 'The endpoint URL must be an absolute http or https URL.', {
      code: 'invalid_url',
    });
  }
  return String(value);
};

const readNames = (value: unknown): readonly string[] => {
  if (!Array.isArray(value)) throw invalid('invalid_type', 'events must be a list of event names.');
  const unknown = value.filter((name) => !EVENT_NAMES.has(String(name)));
  if (unknown.length > 0) {
    throw invalid('unknown_event_type', `Unknown event types: ${unknown.join(', ')}.`);
  }
  return value.map(String);
};

const readBody = (body: unknown, allowed: readonly (keyof Body)[]): Body => {
  if (!isJson(body)) throw invalid('invalid_type', 'The body must be a JSON object.');
  const unknown = Object.keys(body).find((key) => !allowed.some((name) => name === key));
  if (unknown !== undefined) {
    throw invalid(
      'unrecognized_keys',
      `Unknown property "${unknown}": allowed are ${allowed.join(', ')}.`,
    );
  }
  const { endpoint_url, events, status } = body;
  if (status !== undefined && status !== 'enabled' && status !== 'disabled') {
    throw invalid('invalid_enum_value', 'status must be enabled or disabled.');
  }
  return {
    ...(endpoint_url === undefined ? {} : { endpoint_url: readUrl(endpoint_url) }),
    ...(events === undefined ? {} : { events: readNames(events) }),
    ...(status === undefined ? {} : { status }),
  };
};

const liveEndpoint = (state: Readonly<State>, id: string): EndpointRecord => {
  const endpoint = state.endpoints.get(id);
  if (endpoint === undefined || endpoint.deleted) {
    throw new Refusal(404, `Webhook Endpoint not found: '${id}'.`, { code: 'entity_not_found' });
  }
  return endpoint;
};

const refuseDuplicate = (
  state: Readonly<State>,
  url: string | undefined,
  except?: string,
): void => {
  const isTaken = [...state.endpoints.values()].some(
    ({ id, deleted, wire }) => !deleted && id !== except && wire.endpoint_url === url,
  );
  if (isTaken) {
    throw new Refusal(409, 'A Webhook Endpoint with the same endpoint URL already exists.', {
      code: 'duplicate_endpoint',
    });
  }
};

const SECRET_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const makeSecret = (random: Random): string =>
  Array.from({ length: 25 }, () => SECRET_DIGITS.charAt(random.below(SECRET_DIGITS.length))).join(
    '',
  );

type ById = { Params: { id: string } };

/** POST and GET /webhook_endpoints, PATCH and DELETE /webhook_endpoints/:id. */
export const webhookEndpointRoutes = (app: FastifyInstance, { state, transact }: World): void => {
  app.get('/webhook_endpoints', (request) => {
    const query = readListQuery(request.query);
    const rows = rowsOf(state.endpointOrder, state.endpoints, ({ deleted }) => !deleted);
    const page = cutPage(rows, readPage(query));
    return listAnswer({ ...page, data: page.data.map(({ wire }) => wire) });
  });

  app.post('/webhook_endpoints', async (request, reply) => {
    readQuery(request.query, []);
    const body = readBody(request.body, ['endpoint_url', 'events']);
    const url = readUrl(body.endpoint_url);
    const events = readNames(body.events);
    const made = transact((draft) => {
      refuseDuplicate(draft.state, url);
      return addEndpoint(draft, { url, events, secret: makeSecret(draft.random) }).wire;
    });
    return reply.code(201).send(made);
  });

  app.patch<ById>('/webhook_endpoints/:id', (request) => {
    readQuery(request.query, []);
    const body = readBody(request.body, ['endpoint_url', 'events', 'status']);
    return transact((draft) => {
      const before = liveEndpoint(draft.state, request.params.id);
      if (body.endpoint_url !== undefined)
        refuseDuplicate(draft.state, body.endpoint_url, before.id);
      const updated_at = new Date(draft.now).toISOString();
      const record = { ...before, wire: { ...before.wire, ...body, updated_at } };
      draft.put({ kind: 'endpoint', record });
      return record.wire;
    });
  });

  app.delete<ById>('/webhook_endpoints/:id', async (request, reply) => {
    readQuery(request.query, []);
    transact((draft) => {
      const record = { ...liveEndpoint(draft.state, request.params.id), deleted: true };
      draft.put({ kind: 'endpoint', record });
    });
    return reply.code(204).send();
  });
};
