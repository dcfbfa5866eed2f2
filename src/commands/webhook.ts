import { DIRECTORY_EVENTS } from '../domain/directory-events.ts';
import type { CommandDeps } from './command-deps.ts';
import { table } from './layout.ts';
import type { Outcome } from './outcome.ts';
import { publicUrl } from './public-url.ts';

type Deps = Pick<CommandDeps, 'workos'>;
type Registering = Deps & { readonly config: Pick<CommandDeps['config'], 'workosApiUrl'> };

/** Registers the endpoint for the ten directory events; a URL that is already registered stays as it is. */
export const registerWebhook = async (deps: Registering, given: string): Promise<Outcome> => {
  const url = publicUrl('The webhook URL', given, deps.config.workosApiUrl);
  const { webhooks } = deps.workos();
  const existing = await findEndpoint(deps, ({ href }) => href === url);
  if (existing !== undefined) {
    return {
      data: { id: existing.id, url, status: existing.status, registered: false },
      text: `${url} is registered already as ${existing.id} (${existing.status}); its secret is in the WorkOS dashboard.`,
    };
  }
  const created = await webhooks.createWebhookEndpoint({
    endpointUrl: url,
    events: [...DIRECTORY_EVENTS],
  });
  return {
    data: { id: created.id, url, status: created.status, registered: true, secret: created.secret },
    text: [
      `Registered ${url} as ${created.id}.`,
      `WORKOS_WEBHOOK_SECRET=${created.secret}`,
      'Keep the secret now; it is not shown again.',
    ].join('\n'),
  };
};

/** Lists the endpoints registered in WorkOS, their secrets masked. */
export const listWebhooks = async (deps: Deps): Promise<Outcome> => {
  const endpoints = (await allEndpoints(deps)).map((endpoint) => ({
    id: endpoint.id,
    url: endpoint.endpointUrl,
    status: endpoint.status,
    events: endpoint.events,
    secret: masked(endpoint.secret),
  }));
  return {
    data: endpoints,
    text: table(
      ['id', 'url', 'status', 'events', 'secret'],
      endpoints.map((one) => [one.id, one.url, one.status, one.events.length, one.secret]),
      'No webhook endpoint is registered; `dsync webhook register <url>` does it.',
    ),
  };
};

/** A secret of which only enough is left to tell it from another. */
export const masked = (secret: string | undefined): string =>
  secret === undefined || secret.length < 12 ? '****' : `****${secret.slice(-4)}`;

/** The registered endpoint with such a URL, an enabled one first. */
export const findEndpoint = async (deps: Deps, fits: (url: URL) => boolean) => {
  const fitting = (await allEndpoints(deps)).filter(({ endpointUrl }) => {
    const url = URL.parse(endpointUrl);
    return url !== null && fits(url);
  });
  return fitting.find(({ status }) => status === 'enabled') ?? fitting[0];
};

const allEndpoints = async (deps: Deps) => {
  const listed = await deps.workos().webhooks.listWebhookEndpoints({ limit: 100 });
  return listed.autoPagination();
};
