import { DIRECTORY_EVENTS } from '../domain/directory-events.ts';
import type { WorkOS } from '@workos-inc/node';

/**
 * Sees to it that the simulator sends the ten directory events to this URL, and resolves to the
 * endpoint's secret. An endpoint of an earlier start, perhaps on another port, is given the URL and
 * keeps its secret. A second call changes nothing.
 */
export async function registerLocalEndpoint(options: {
  workos: Pick<WorkOS, 'webhooks'>;
  url: string;
}): Promise<string> {
  const { workos, url } = options;
  const listed = await workos.webhooks.listWebhookEndpoints({ limit: 100 });
  const same = listed.data.find((endpoint) => endpoint.endpointUrl === url);
  if (same?.status === 'enabled') return same.secret;

  const path = new URL(url).pathname;
  const ours =
    same ?? listed.data.find((endpoint) => URL.parse(endpoint.endpointUrl)?.pathname === path);
  if (ours === undefined) {
    const created = await workos.webhooks.createWebhookEndpoint({
      endpointUrl: url,
      events: [...DIRECTORY_EVENTS],
    });
    return created.secret;
  }
  const updated = await workos.webhooks.updateWebhookEndpoint({
    id: ours.id,
    endpointUrl: url,
    status: 'enabled',
    events: [...DIRECTORY_EVENTS],
  });
  return updated.secret;
}
