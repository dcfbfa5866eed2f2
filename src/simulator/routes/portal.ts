import type { FastifyInstance } from 'fastify';
import { one, readQuery } from '../query.ts';
import { Refusal } from '../refusal.ts';
import { isJson } from '../wire.ts';
import type { World } from '../world.ts';

const LINK_LIFE_MS = 300_000;
const MOST_CONTACTS = 20;
const INTENTS = [
  'sso',
  'dsync',
  'audit_logs',
  'log_streams',
  'domain_verification',
  'certificate_renewal',
  'bring_your_own_key',
];
const PROPERTIES = [
  'organization',
  'intent',
  'intent_options',
  'return_url',
  'success_url',
  'it_contact_emails',
  // The SDK still sends this older name.
  'admin_emails',
];

const invalid = (field: string, message: string): Refusal =>
  new Refusal(422, message, { errors: [{ code: 'invalid', field }] });

const readContacts = (body: Readonly<Record<string, unknown>>): void => {
  for (const field of ['it_contact_emails', 'admin_emails']) {
    const value = body[field];
    if (value === undefined) continue;
    const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    if (!isList || value.length > MOST_CONTACTS) {
      throw invalid(field, `${field} must be a list of at most ${MOST_CONTACTS} addresses.`);
    }
  }
};

const readLinkRequest = (body: unknown): string => {
  if (!isJson(body)) throw new Refusal(400, 'The body must be a JSON object.');
  const unknown = Object.keys(body).find((key) => !PROPERTIES.includes(key));
  if (unknown !== undefined) {
    throw new Refusal(400, `Unknown property "${unknown}": allowed are ${PROPERTIES.join(', ')}.`);
  }
  const { organization, intent } = body;
  if (typeof organization !== 'string') throw invalid('organization', 'organization is required.');
  if (intent !== undefined && !INTENTS.some((known) => known === intent)) {
    throw invalid('intent', `intent must be one of ${INTENTS.join(', ')}.`);
  }
  for (const field of ['return_url', 'success_url']) {
    const value = body[field];
    if (value !== undefined && (typeof value !== 'string' || !URL.canParse(value))) {
      throw invalid(field, `${field} must be a URL.`);
    }
  }
  readContacts(body);
  return organization;
};

/** POST /portal/generate_link. The link lives five minutes. */
export const portalRoutes = (app: FastifyInstance, { state, transact }: World): void => {
  app.post('/portal/generate_link', async (request, reply) => {
    readQuery(request.query, []);
    const organization = readLinkRequest(request.body);
    if (!state.organizations.has(organization)) {
      throw new Refusal(404, `Organization not found: '${organization}'.`);
    }
    const link = transact(({ newId, now }) => {
      const expires = now + LINK_LIFE_MS;
      return `http://${request.host}/portal/launch?secret=${newId('portal')}&expires=${expires}`;
    });
    return reply.code(201).send({ link });
  });
};

/** What a browser meets behind the link: no key is needed, but it must not be older than five minutes. */
export const portalPage = (app: FastifyInstance, { now }: World): void => {
  app.get('/portal/launch', async (request, reply) => {
    const query = readQuery(request.query, ['secret', 'expires']);
    const isOver = !(Number(one(query, 'expires')) >= now());
    return reply
      .code(isOver ? 410 : 200)
      .type('text/plain; charset=utf-8')
      .send(
        isOver ? 'This Admin Portal link has expired.\n' : 'The Admin Portal would open here.\n',
      );
  });
};
