/** Where the server takes webhooks; it is registered in WorkOS, so it never changes. */
export const WEBHOOK_PATH = '/webhooks/workos';
